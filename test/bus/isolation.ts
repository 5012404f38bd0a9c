/**
 * Tenants that do everything at once with the same names, and each of them alone: what one sees must be the same. Not
 * only that no message goes astray: no number, no id, no text of an error may depend on whether others are there.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import * as fc from "fast-check"
import * as MemoryAudit from "../../layers/audit/MemoryAudit.ts"
import * as DispatcherLayer from "../../layers/bus/commands/Dispatcher.ts"
import * as MemoryHistory from "../../layers/bus/MemoryHistory.ts"
import * as BrokerLayer from "../../layers/bus/routing/Broker.ts"
import * as Telemetry from "../../layers/bus/telemetry/Telemetry.ts"
import * as NodeEntropy from "../../layers/platform/NodeEntropy.ts"
import { Bridge } from "../../src/bus/Bridge.ts"
import { type Ask, Dispatcher } from "../../src/bus/commands/Dispatcher.ts"
import { overflows } from "../../src/bus/Overflow.ts"
import type { Position } from "../../src/bus/Position.ts"
import { BusInspection } from "../../src/bus/inspection/BusInspection.ts"
import { Broker } from "../../src/bus/routing/Broker.ts"
import type { Packet } from "../../src/bus/routing/Packet.ts"
import { BusTelemetry } from "../../src/bus/telemetry/BusTelemetry.ts"
import { TenantId } from "../../src/domain/Ids.ts"

export const tenants = ["tenant-a", "tenant-b", "tenant-c"] as const
const clients = 2

export interface Step {
  readonly tenant: number
  readonly client: number
  readonly ask: Ask
  /** Where the command speaks of a position, it is the last that this tenant has seen; undefined: one of nobody's. */
  readonly from: number | undefined
}

const room = fc.constantFrom("ops", "dev", "*", "system", "exoclaw", "not a room")
const channel = fc.constantFrom("lobby", "news", "*", "activity", "websocket.token:ann.main", "")
const text = fc.constantFrom("one", "two", "three")
const content = fc.record({
  body: text,
  contentType: fc.constant(""),
  headers: fc.constant({}),
  key: fc.constantFrom("", "k"),
  annotations: fc.constant(undefined)
})
const nowhere: Position = { epoch: "0123456789abcdef01234567", offset: 3 }
const place = { room, channel }
const anywhere = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ room: "ops", channel: "lobby" }) },
  { weight: 2, arbitrary: fc.record(place) }
)
const join = fc
  .record({
    at: anywhere,
    recover: fc.constantFrom([], [{ room: "ops", channel: "lobby", position: nowhere }]),
    presence: fc.boolean(),
    mute: fc.boolean()
  })
  .map(({ at, ...rest }) => ({ ...at, ...rest }))
const tag = <T extends string>(name: T) => ({ _tag: fc.constant(name) })
const settings = fc.record(
  { overflow: fc.constantFrom(...overflows), keepMessages: fc.nat({ max: 3 }), keepSeconds: fc.nat({ max: 60 }) },
  { requiredKeys: [] }
)
const command = fc.oneof(
  fc.record(tag("status")),
  fc.record({ ...tag("create_channel"), ...place, settings }),
  fc.record({ ...tag("delete_channel"), ...place }),
  fc.record({ ...tag("join_channel"), join }),
  fc.record({ ...tag("leave_channel"), ...place }),
  fc.record({
    ...tag("list_channels"),
    room: fc.constantFrom("", "ops", "dev"),
    limit: fc.nat({ max: 5 }),
    after: text
  }),
  fc.record({ ...tag("channel_info"), ...place }),
  fc.record({ ...tag("ping"), positions: fc.boolean() }),
  fc.record({ ...tag("history"), ...place, after: fc.constantFrom(undefined, nowhere), limit: fc.nat({ max: 5 }) }),
  fc.record(tag("help"))
)
const ask: fc.Arbitrary<Ask> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      ...tag("publish"),
      publish: fc
        .record({ at: anywhere, id: fc.constantFrom("", "id1", "id2"), content })
        .map(({ at, ...rest }) => ({ ...at, ...rest }))
    })
  },
  { weight: 4, arbitrary: fc.record({ ...tag("join"), join }) },
  { weight: 3, arbitrary: anywhere.map((at) => ({ _tag: "leave" as const, ...at })) },
  {
    weight: 1,
    arbitrary: fc.record({
      ...tag("private"),
      to: fc.constantFrom({ principal: "token:ann" }, { connection: "conn0" }, { connection: "nobody" }),
      content
    })
  },
  { weight: 1, arbitrary: fc.record({ ...tag("update"), metadata: fc.constantFrom({}, { mood: "good" }) }) },
  { weight: 5, arbitrary: fc.record({ ...tag("command"), command }) }
)

export const steps = (count: number): fc.Arbitrary<ReadonlyArray<Step>> =>
  fc.array(
    fc.record({
      tenant: fc.nat({ max: tenants.length - 1 }),
      client: fc.nat({ max: clients - 1 }),
      ask,
      from: fc.option(fc.nat({ max: tenants.length - 1 }), { nil: undefined })
    }),
    { minLength: count, maxLength: count }
  )

const roles = ["user", "moderator", "admin"] as const

/** Ids and epochs are made of chance: the first, the second and so on that this tenant sees. */
class Plain {
  readonly #known = new Map<string, string>()

  of(value: unknown): string {
    const text = JSON.stringify(value, (_, one: unknown) => (one instanceof Uint8Array ? [...one] : one))
    return text.replace(/msg_[0-9a-z]+|\b[0-9a-f]{24}\b/g, (id) => {
      if (id === nowhere.epoch) return id
      const known = this.#known.get(id) ?? `#${this.#known.size}`
      this.#known.set(id, known)
      return known
    })
  }
}

const withPosition = (ask: Ask, position: Position): Ask => {
  switch (ask._tag) {
    case "join":
      return { ...ask, join: { ...ask.join, recover: ask.join.recover.map((one) => ({ ...one, position })) } }
    case "command":
      return ask.command._tag === "history" && ask.command.after !== undefined
        ? { ...ask, command: { ...ask.command, after: position } }
        : ask
    default:
      return ask
  }
}

/** Positions as the other tenants had them, step by step: who is alone gets what they would have got. */
export type Seen = Map<number, Position>

export interface World {
  /** What each tenant saw, in order. */
  readonly transcripts: ReadonlyArray<ReadonlyArray<string>>
  /** By number of the step: the position that it named. */
  readonly named: Seen
}

const layers = BrokerLayer.layer({
  maxChannels: 6,
  maxJoins: 4,
  maxPresence: 10,
  maxRecovered: 10,
  showNotes: false,
  settings: { overflow: "cut", keepMessages: 5, keepSeconds: 1_000 }
}).pipe(
  Layer.provideMerge(Telemetry.layer),
  Layer.provide([
    MemoryHistory.layer(),
    Bridge.layerNone("node"),
    Layer.succeed(BusInspection, {
      covers: () => false,
      names: () => Effect.void,
      screen: (said) => Effect.succeed({ content: said, note: undefined })
    }),
    MemoryAudit.layerMemory
  ]),
  Layer.provideMerge(NodeEntropy.layer)
)

const epochIn = (packet: string): Position | undefined => {
  const found = /"epoch":"([0-9a-f]{24})","offset":(\d+)/.exec(packet)
  return found === null ? undefined : { epoch: String(found[1]), offset: Number(found[2]) }
}

/** Plays the steps of these tenants. `named`: positions from a world in which all of them were played. */
export const play = (schedule: ReadonlyArray<Step>, who: ReadonlySet<number>, named?: Seen): Effect.Effect<World> =>
  Effect.gen(function* () {
    const broker = yield* Broker
    const telemetry = yield* BusTelemetry
    const dispatcher = yield* Dispatcher
    const transcripts = tenants.map((): Array<string> => [])
    const plain = tenants.map(() => new Plain())
    const last = new Map<number, Position>()
    const told: Seen = new Map()
    const links = tenants.map((name, tenant) =>
      Array.from({ length: clients }, (_, index) => {
        const see = (what: unknown) => {
          const raw = JSON.stringify(what)
          const at = epochIn(raw)
          if (at !== undefined) last.set(tenant, at)
          transcripts[tenant]?.push(`${index} ${plain[tenant]?.of(what)}`)
        }
        const id = TenantId.make(name)
        if (!who.has(tenant)) return undefined
        const link = broker.attach(
          {
            tenant: id,
            // the same of everything in every tenant
            subject: { role: roles[index] ?? "user", principal: index === 0 ? "token:ann" : "token:bob", any: false },
            member: {
              connection: `conn${index}`,
              principal: index === 0 ? "token:ann" : "token:bob",
              type: "service",
              name: "",
              metadata: {}
            }
          },
          {
            offer: (packet: Packet) => {
              see(packet.event)
              return true
            },
            capacity: 1_000_000,
            queuedBytes: 0,
            isFull: () => false,
            ready: Effect.void,
            cut: () => undefined
          }
        )
        return { link, see }
      })
    )
    for (const [number, { ask, client, from, tenant }] of schedule.entries()) {
      if (!who.has(tenant)) continue
      const one = links[tenant]?.[client]
      if (one === undefined) continue
      const position = named === undefined ? (from === undefined ? undefined : last.get(from)) : named.get(number)
      if (position !== undefined) told.set(number, position)
      // its own positions are its own in each world; those of others are what they are
      const own = from === tenant && named !== undefined ? last.get(tenant) : position
      const asked = own === undefined ? ask : withPosition(ask, own)
      yield* dispatcher.handle({ link: one.link, queued: () => ({ frames: 0, bytes: 0 }) }, asked, one.see)
    }
    for (const [tenant, name] of tenants.entries()) {
      const { counts, refused } = telemetry.snapshot(TenantId.make(name))
      if (who.has(tenant)) transcripts[tenant]?.push(JSON.stringify({ counts, refused }))
    }
    return { transcripts, named: told }
  }).pipe(
    Effect.provide(Layer.provideMerge(DispatcherLayer.layer, layers)),
    Effect.scoped,
    Effect.provide(TestClock.layer())
  )

/** The first thing that a tenant sees otherwise when others are there; undefined where there is none. */
export const firstDifference = Effect.fnUntraced(function* (schedule: ReadonlyArray<Step>) {
  const all = yield* play(schedule, new Set(tenants.keys()))
  for (const tenant of tenants.keys()) {
    const alone = yield* play(schedule, new Set([tenant]), all.named)
    const [here, there] = [alone.transcripts[tenant] ?? [], all.transcripts[tenant] ?? []]
    for (let at = 0; at < Math.max(here.length, there.length); at++) {
      if (here[at] !== there[at]) return { tenant, at, alone: here[at], among: there[at] }
    }
  }
  return undefined
})
