/**
 * Schedules of everything that can happen to the broker, played against a history whose answers come when the schedule
 * says, and a plain account of what was appended. What a client saw is then held against that account.
 */
import { assert } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import * as fc from "fast-check"
import * as MemoryAudit from "../../layers/audit/MemoryAudit.ts"
import * as BrokerLayer from "../../layers/bus/routing/Broker.ts"
import * as Telemetry from "../../layers/bus/telemetry/Telemetry.ts"
import * as NodeEntropy from "../../layers/platform/NodeEntropy.ts"
import { Bridge } from "../../src/bus/Bridge.ts"
import { BusError } from "../../src/bus/BusError.ts"
import { type ChannelRef, keyOf } from "../../src/bus/ChannelName.ts"
import type { Joined } from "../../src/bus/Event.ts"
import { History, HistoryUnavailable } from "../../src/bus/History.ts"
import { BusInspection } from "../../src/bus/inspection/BusInspection.ts"
import type { Overflow } from "../../src/bus/Overflow.ts"
import type { Position } from "../../src/bus/Position.ts"
import { Ring } from "../../src/bus/Ring.ts"
import { Broker, type Link } from "../../src/bus/routing/Broker.ts"
import { Outbox } from "../../src/bus/routing/Outbox.ts"
import { Packet } from "../../src/bus/routing/Packet.ts"
import type { Sink } from "../../src/bus/routing/Subscriber.ts"
import { BusTelemetry } from "../../src/bus/telemetry/BusTelemetry.ts"
import { TenantId } from "../../src/domain/Ids.ts"

const tenants = ["tenant-a", "tenant-b"] as const
const policies: ReadonlyArray<Overflow> = ["cut", "drop_oldest", "conflate"]
const clients = 4
const packetBytes = 100
const queueBytes = 1200

export type Op =
  | { readonly op: "connect" | "disconnect" | "read"; readonly client: number }
  | {
      readonly op: "join"
      readonly client: number
      readonly channel: number
      readonly wild: boolean
      /** How long ago it was where it says it was; null asks for nothing. */
      readonly back: number | null
      readonly strange: boolean
    }
  | { readonly op: "leave"; readonly client: number; readonly channel: number; readonly wild: boolean }
  | {
      readonly op: "publish"
      readonly client: number
      readonly channel: number
      readonly id: number | null
      readonly key: string
    }
  | { readonly op: "private"; readonly client: number; readonly to: number }
  | { readonly op: "answer"; readonly pick: number }
  | { readonly op: "fail"; readonly pick: number; readonly applied: boolean }
  | { readonly op: "flush"; readonly tenant: number }
  | { readonly op: "trim"; readonly tenant: number; readonly channel: number; readonly by: number }
  | { readonly op: "wait" }

const client = fc.nat({ max: clients - 1 })
const channel = fc.nat({ max: policies.length - 1 })

export const schedules: fc.Arbitrary<ReadonlyArray<Op>> = fc.array(
  fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({
        op: fc.constant("publish" as const),
        client,
        channel,
        id: fc.option(fc.nat({ max: 2 })),
        key: fc.constantFrom("", "a", "b")
      })
    },
    {
      weight: 5,
      arbitrary: fc.record({
        op: fc.constant("join" as const),
        client,
        channel,
        wild: fc.boolean(),
        back: fc.option(fc.nat({ max: 6 })),
        strange: fc.integer({ min: 0, max: 9 }).map((n) => n === 0)
      })
    },
    { weight: 9, arbitrary: fc.record({ op: fc.constant("answer" as const), pick: fc.nat({ max: 9 }) }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant("leave" as const), client, channel, wild: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constantFrom("connect" as const, "disconnect" as const), client }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant("read" as const), client }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("private" as const), client, to: client }) },
    {
      weight: 1,
      arbitrary: fc.record({ op: fc.constant("fail" as const), pick: fc.nat({ max: 9 }), applied: fc.boolean() })
    },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("flush" as const), tenant: fc.nat({ max: 1 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        op: fc.constant("trim" as const),
        tenant: fc.nat({ max: 1 }),
        channel,
        by: fc.nat({ max: 8 })
      })
    },
    { weight: 2, arbitrary: fc.constant({ op: "wait" as const }) }
  ),
  { minLength: 10, maxLength: 60 }
)

/**
 * Those who fall behind on a channel that conflates, and join it again by other names with the positions that they have
 * had: what waits for them is replaced, and comes twice.
 */
export const conflating: fc.Arbitrary<ReadonlyArray<Op>> = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        op: fc.constant("publish" as const),
        client: fc.constantFrom(0, 2),
        channel: fc.constant(policies.indexOf("conflate")),
        id: fc.constant(null),
        key: fc.constantFrom("a", "b", "c")
      })
    },
    { weight: 12, arbitrary: fc.record({ op: fc.constant("answer" as const), pick: fc.nat({ max: 2 }) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        op: fc.constant("join" as const),
        client: fc.constantFrom(0, 2),
        channel: fc.constant(policies.indexOf("conflate")),
        wild: fc.boolean(),
        back: fc.nat({ max: 8 }),
        strange: fc.constant(false)
      })
    },
    {
      weight: 2,
      arbitrary: fc.record({
        op: fc.constant("leave" as const),
        client: fc.constantFrom(0, 2),
        channel: fc.constant(policies.indexOf("conflate")),
        wild: fc.boolean()
      })
    },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("read" as const), client: fc.constantFrom(0, 2) }) }
  ),
  { minLength: 20, maxLength: 80 }
)

/** A history that does what it is asked when the schedule says, and answers then. */
class SlowHistory {
  readonly log = new Map<string, string>()
  readonly #rings = new Map<string, Ring>()
  readonly #pending: Array<{ readonly answer: () => void; readonly fail: (applied: boolean) => void }> = []
  #epochs = 0
  isSlow = true

  readonly service = History.of({
    scope: "shared",
    append: (ref, draft, { dedupe, retention }) =>
      this.#later(() => {
        const ring = this.#ring(ref)
        const known = dedupe === undefined ? undefined : ring.known(dedupe, 0)
        const offset = known ?? ring.append(draft, dedupe, retention, 0).position.offset
        if (known === undefined) this.log.set(`${keyOf(ref)} ${ring.epoch} ${offset}`, String(draft.content.body))
        const durability = offset >= ring.first ? ("server" as const) : ("none" as const)
        return { position: { epoch: ring.epoch, offset }, duplicate: known !== undefined, durability }
      }),
    read: (ref, { after, end, limit }) =>
      this.#later(() => ({ ...this.state(ref), entries: this.#ring(ref).read(after, limit, end) })),
    info: (ref) => this.#later(() => this.state(ref)),
    trim: () => Effect.void,
    forget: () => Effect.void,
    health: Effect.succeed({ backend: "slow", degraded: false, durability: "server", detail: "" })
  })

  state(ref: ChannelRef) {
    const { epoch, first, top } = this.#ring(ref)
    return { epoch, first, top }
  }

  answer(pick: number): void {
    const [one] = this.#pending.splice(pick % Math.max(1, this.#pending.length), 1)
    one?.answer()
  }

  fail(pick: number, applied: boolean): void {
    const [one] = this.#pending.splice(pick % Math.max(1, this.#pending.length), 1)
    one?.fail(applied)
  }

  answerAll(): void {
    while (this.#pending.length > 0) this.answer(0)
  }

  flush(tenant: string): void {
    for (const key of this.#rings.keys()) if (key.startsWith(`${tenant}:`)) this.#rings.delete(key)
  }

  trim(ref: ChannelRef, by: number): void {
    const ring = this.#ring(ref)
    ring.trim(ring.first + by - 1)
  }

  #ring(ref: ChannelRef): Ring {
    const key = keyOf(ref)
    const ring = this.#rings.get(key) ?? new Ring(`epoch${++this.#epochs}`, { millis: Infinity, keys: 100 })
    this.#rings.set(key, ring)
    return ring
  }

  #later<A>(run: () => A): Effect.Effect<A, HistoryUnavailable> {
    return Effect.suspend(() => {
      if (!this.isSlow) return Effect.sync(run)
      const turn = Deferred.makeUnsafe<A, HistoryUnavailable>()
      this.#pending.push({
        answer: () => Deferred.doneUnsafe(turn, Effect.succeed(run())),
        fail: (applied) => {
          if (applied) run()
          Deferred.doneUnsafe(turn, Effect.fail(new HistoryUnavailable({ outcomeUnknown: applied, cause: "lost" })))
        }
      })
      return Deferred.await(turn)
    })
  }
}

/** One client over all its connections. */
class Client implements Sink {
  readonly tenant: TenantId
  readonly name: string
  readonly seen: Array<Packet> = []
  readonly joined: Array<Joined> = []
  readonly outbox = new Outbox(queueBytes)
  readonly ready = Effect.void
  readonly queuedBytes = 0
  readonly capacity = Infinity
  link: Link | undefined
  isCut = false

  constructor(index: number) {
    this.tenant = TenantId.make(tenants[index % tenants.length]!)
    this.name = `client${index}`
  }

  offer(packet: Packet): boolean {
    if (this.link === undefined || this.isCut) return false
    const taken = this.outbox.offer(packet, packetBytes, this.outbox.size > 4)
    if (taken === false) this.cut()
    return taken === true
  }

  isFull(): boolean {
    return false
  }

  cut(): void {
    this.isCut = true
    this.outbox.clear()
  }

  read(): void {
    this.seen.push(...this.outbox.take(Infinity))
  }
}

const draftOf = (text: string, key: string) => ({
  body: text,
  contentType: "",
  headers: {},
  key,
  annotations: undefined
})

const refOf = (tenant: TenantId, index: number): ChannelRef =>
  ({ tenant, room: "r", channel: policies[index]! }) as ChannelRef

/** Plays a schedule, lets everything come to rest, and checks what everybody saw. */
export const play = Effect.fnUntraced(function* (schedule: ReadonlyArray<Op>) {
  const history = new SlowHistory()
  const layer = BrokerLayer.layer({
    maxChannels: 10,
    maxJoins: 10,
    maxPresence: 10,
    maxRecovered: 8,
    showNotes: false,
    settings: { overflow: "cut", keepMessages: 12, keepSeconds: 1_000_000 }
  }).pipe(
    Layer.provideMerge(Telemetry.layer),
    Layer.provide([
      Layer.succeed(History, history.service),
      Bridge.layerNone("node"),
      Layer.succeed(BusInspection, {
        covers: () => false,
        names: () => Effect.void,
        screen: (content) => Effect.succeed({ content, note: undefined })
      }),
      MemoryAudit.layerMemory,
      NodeEntropy.layer
    ])
  )
  yield* Effect.provide(world(history, schedule), layer)
})

const world = Effect.fnUntraced(function* (history: SlowHistory, schedule: ReadonlyArray<Op>) {
  const broker = yield* Broker
  const everybody = Array.from({ length: clients }, (_, index) => new Client(index))
  const fibers: Array<Fiber.Fiber<unknown, unknown>> = []
  let published = 0
  const acks: Array<{ readonly tenant: string; readonly duplicate: boolean; readonly delivered: number }> = []

  const attach = (one: Client): Link => {
    one.isCut = false
    one.outbox.clear()
    // what it saw of an earlier connection is another story
    one.seen.push(new Packet({ _tag: "updated" }))
    one.link = broker.attach(
      {
        tenant: one.tenant,
        subject: { role: "moderator", principal: one.name, any: false },
        member: {
          connection: `${one.name}.${one.seen.length}`,
          principal: one.name,
          type: "service",
          name: "",
          metadata: {}
        }
      },
      one
    )
    return one.link
  }
  const detach = (one: Client): void => {
    if (one.link !== undefined) broker.detach(one.link)
    one.link = undefined
    one.outbox.clear()
  }
  const fork = Effect.fnUntraced(function* <A>(effect: Effect.Effect<A, BusError>) {
    fibers.push(yield* Effect.forkChild(effect, { startImmediately: true }))
  })
  const publish = (one: Client, link: Link, index: number, id: number | null, key: string) =>
    Effect.map(
      broker.publish(link, {
        room: "r",
        channel: policies[index]!,
        id: id === null ? "" : `id${id}`,
        content: draftOf(`${one.tenant} ${++published}`, key)
      }),
      (ack) => {
        acks.push({ tenant: one.tenant, duplicate: ack.duplicate, delivered: ack.delivered })
        const { offset, epoch } = ack.position ?? { offset: 0, epoch: "" }
        const text = history.log.get(`${keyOf(refOf(one.tenant, index))} ${epoch} ${offset}`)
        assert.isDefined(text, "an ack names a position that the history gave")
        assert.isAtMost(ack.delivered, clients / tenants.length)
        assert.strictEqual(ack.persisted, ack.durability !== "none")
        return ack
      }
    )

  history.isSlow = false
  for (const tenant of [0, 1]) {
    const one = new Client(tenant)
    const link = attach(one)
    for (const overflow of policies) yield* broker.create(link, "r", overflow, { overflow })
    detach(one)
  }
  history.isSlow = true

  for (const step of schedule) {
    const one = "client" in step ? everybody[step.client]! : undefined
    // who was cut comes back by itself
    if (one?.isCut === true) detach(one)
    const link = one === undefined ? undefined : (one.link ?? attach(one))
    switch (step.op) {
      case "connect":
      case "disconnect":
        if (one !== undefined && step.op === "disconnect") {
          one.read()
          detach(one)
        }
        break
      case "read":
        one?.read()
        break
      case "join": {
        if (one === undefined || link === undefined) break
        const name = policies[step.channel]!
        const position = historyPosition(history, one, step)
        yield* fork(
          broker
            .join(
              link,
              {
                room: "r",
                channel: step.wild ? "*" : name,
                recover: position === undefined ? [] : [{ room: "r", channel: name, position }],
                presence: step.back === null,
                mute: false
              },
              (joined) => void one.offer(new Packet({ _tag: "joined", joined }))
            )
            .pipe(
              // a join that failed was left again; one that was left meanwhile is told as that
              Effect.tapError(({ reason }) =>
                Effect.sync(
                  () =>
                    reason === "not_joined" ||
                    // what an earlier connection asked for is not this one's
                    one.link !== link ||
                    one.offer(new Packet({ _tag: "left", room: "r", channel: step.wild ? "*" : name }))
                )
              )
            )
        )
        break
      }
      case "leave":
        if (link !== undefined) yield* Effect.ignore(broker.leave(link, "r", step.wild ? "*" : policies[step.channel]!))
        if (one !== undefined)
          one.offer(new Packet({ _tag: "left", room: "r", channel: step.wild ? "*" : policies[step.channel]! }))
        break
      case "publish":
        if (one !== undefined && link !== undefined) yield* fork(publish(one, link, step.channel, step.id, step.key))
        break
      case "private":
        if (link !== undefined)
          yield* Effect.ignore(
            broker.sendPrivate(link, { principal: `client${step.to}` }, draftOf(`${one?.tenant} private`, ""))
          )
        break
      case "answer":
        history.answer(step.pick)
        break
      case "fail":
        history.fail(step.pick, step.applied)
        break
      case "flush":
        history.flush(tenants[step.tenant]!)
        break
      case "trim":
        history.trim(refOf(TenantId.make(tenants[step.tenant]!), step.channel), step.by)
        break
      case "wait":
        yield* TestClock.adjust("1 second")
        break
    }
    yield* Effect.yieldNow
  }

  // everything comes to rest: what is asked is answered, holes are filled, one message more shows what is missing
  const rest = Effect.gen(function* () {
    for (let round = 0; round < 5; round++) {
      history.answerAll()
      yield* Effect.yieldNow
      yield* TestClock.adjust("1 second")
    }
  })
  yield* rest
  history.isSlow = false
  for (const one of everybody) {
    if (one.isCut) detach(one)
    one.read()
    if (one.link === undefined) continue
    for (const index of policies.keys()) {
      // only a listener may publish; who hears nothing cannot miss anything
      yield* fork(publish(one, one.link, index, null, ""))
    }
  }
  yield* rest
  for (const one of everybody) one.read()
  for (const fiber of fibers) assert.isDefined(fiber.pollUnsafe(), "everything that was asked is answered")
  for (const one of everybody) check(one, history)
  const telemetry = yield* BusTelemetry
  for (const tenant of tenants) {
    const { counts } = telemetry.snapshot(TenantId.make(tenant))
    const known = acks.filter((ack) => ack.tenant === tenant)
    assert.strictEqual(counts.published ?? 0, known.filter(({ duplicate }) => !duplicate).length)
    assert.strictEqual(counts.duplicate ?? 0, known.filter(({ duplicate }) => duplicate).length)
    assert.strictEqual(
      counts.delivered ?? 0,
      known.reduce((sum, { delivered }) => sum + delivered, 0)
    )
  }
})

/** A position that a client might come back with. */
const historyPosition = (
  history: SlowHistory,
  one: Client,
  { back, channel: index, strange }: Extract<Op, { op: "join" }>
): Position | undefined => {
  if (back === null) return undefined
  const { epoch, top } = history.state(refOf(one.tenant, index))
  return strange ? { epoch: "", offset: back } : { epoch, offset: Math.max(0, top - back) }
}

/** What one client saw, held against what was appended. */
const check = (one: Client, history: SlowHistory): void => {
  /** Where it stands in each channel; undefined where it may begin anywhere. */
  let stands = new Map<string, Position>()
  let joins = new Set<string>()
  for (const { event } of one.seen) {
    switch (event._tag) {
      case "updated":
        stands = new Map()
        joins = new Set()
        break
      case "left":
        joins.delete(event.channel)
        for (const name of stands.keys()) if (!joins.has(name) && !joins.has("*")) stands.delete(name)
        break
      case "joined":
        if (event.joined.already) break
        joins.add(event.joined.channel)
        for (const { channel: name, position, recovered, recovery } of event.joined.channels) {
          if (recovery === "none") {
            // an answer that names another epoch tells it, too
            if (stands.get(name)?.epoch !== position.epoch) stands.set(name, position)
          } else
            stands.set(name, {
              epoch: position.epoch,
              offset: recovery === "complete" ? position.offset - recovered : NaN
            })
        }
        break
      case "message": {
        const { channel: name, entry } = event
        assert.isTrue(joins.has(name) || joins.has("*"), "nothing comes before the answer that says it is joined")
        const { epoch, offset } = entry.position
        const text = history.log.get(`${keyOf({ ...refOf(one.tenant, 0), channel: name as never })} ${epoch} ${offset}`)
        assert.strictEqual(entry.content.body, text, "a message is the one that has its position")
        assert.isTrue(String(entry.content.body).startsWith(one.tenant), "no other tenant's message")
        const at = stands.get(name)
        if (at !== undefined && !Number.isNaN(at.offset)) {
          assert.strictEqual(epoch, at.epoch, "a new epoch is told")
          assert.strictEqual(offset, at.offset + 1, `${one.name} ${name}: no hole that is not told, nothing twice`)
        }
        stands.set(name, entry.position)
        break
      }
      case "skipped": {
        const { channel: name, epoch, from, to } = event.skipped
        assert.isTrue(joins.has(name) || joins.has("*"), "no hole is told of what is not joined")
        const at = stands.get(name)
        if (at !== undefined && !Number.isNaN(at.offset) && at.epoch === epoch)
          assert.strictEqual(from, at.offset + 1, "a hole is told in its place")
        stands.set(name, { epoch, offset: to })
        break
      }
      case "presence":
        assert.isTrue(joins.has(event.channel) || joins.has("*"), "nobody is told who comes before the answer")
        break
      case "private":
        assert.isTrue(String(event.draft.content.body).startsWith(one.tenant))
        break
      default:
        break
    }
  }
  if (one.link === undefined || one.isCut) return
  for (const [name, position] of stands) {
    if (Number.isNaN(position.offset) || (!joins.has(name) && !joins.has("*"))) continue
    const { epoch, top } = history.state({ ...refOf(one.tenant, 0), channel: name as never })
    assert.deepStrictEqual(position, { epoch, offset: top }, `${one.name} ${name}: everything came`)
  }
}
