import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Bridge, type Relay } from "../../src/bus/Bridge.ts"
import type { TenantId } from "../../src/domain/Ids.ts"
import type { ChannelRef } from "../../src/bus/ChannelName.ts"
import type { Event, Joined } from "../../src/bus/Event.ts"
import type { Position } from "../../src/bus/Position.ts"
import { Broker } from "../../src/bus/routing/Broker.ts"
import type { Packet } from "../../src/bus/routing/Packet.ts"
import { BusTelemetry } from "../../src/bus/telemetry/BusTelemetry.ts"
import { brokerOf } from "./broker.ts"
import { channelOf, draftOf, tenantA, tenantB } from "./fixtures.ts"

const lobby = channelOf()
const message = (text: string, channel: ChannelRef = lobby): Relay => ({
  _tag: "message",
  node: "other",
  id: text,
  channel,
  draft: draftOf(text),
  position: undefined
})
const lost = (missing: number, channel: ChannelRef = lobby, id = `lost ${missing}`): Relay => ({
  _tag: "lost",
  node: "other",
  id,
  channel,
  missing
})

const toldOf = (event: Event): ReadonlyArray<unknown> => {
  if (event._tag === "message") return [[event.entry.position.offset, event.entry.content.body]]
  if (event._tag !== "skipped") return []
  const { channel, from, missing, reason, to } = event.skipped
  return [[channel, from, to, reason, missing]]
}

/** A node with a history of its own, and what another one gives it. */
const scenario = <A, E>(
  use: (node: {
    readonly broker: Broker["Service"]
    readonly comes: (relay: Relay) => Effect.Effect<void, unknown>
    readonly drops: (tenant: TenantId) => void
  }) => Effect.Effect<A, E, BusTelemetry>,
  changes: Parameters<typeof brokerOf>[0] = {}
) => {
  let dropped: (tenant: TenantId) => void = () => undefined
  let deliver: (relay: Relay) => Effect.Effect<void, unknown> = () => Effect.void
  const bridge = Layer.succeed(Bridge, {
    node: "this",
    publish: () => true,
    onDrop: (handle) => void (dropped = handle),
    receive: (by) => Effect.sync(() => void (deliver = by)),
    health: Effect.succeed({ backend: "test", connected: true, detail: "" })
  })
  return Effect.gen(function* () {
    const broker = yield* Broker
    return yield* use({ broker, comes: (relay) => deliver(relay), drops: (tenant) => dropped(tenant) })
  }).pipe(Effect.provide(brokerOf(changes, undefined, bridge)))
}

const client = (broker: Broker["Service"], tenant = tenantA) => {
  const seen: Array<Packet> = []
  const link = broker.attach(
    {
      tenant,
      subject: { role: "user", principal: "token:ann", any: false },
      member: { connection: `c${tenant}`, principal: "token:ann", type: "service", name: "", metadata: {} }
    },
    {
      offer: (packet) => seen.push(packet) > 0,
      capacity: 1_000_000,
      queuedBytes: 0,
      isFull: () => false,
      ready: Effect.void,
      cut: () => undefined
    }
  )
  const join = Effect.fnUntraced(function* (channel: string, position?: Position) {
    let answer: Joined | undefined
    const recover = position === undefined ? [] : [{ room: "ops", channel, position }]
    yield* broker.join(link, { room: "ops", channel, recover, presence: false, mute: false }, (joined) => {
      answer = joined
    })
    return answer
  })
  return { link, join, told: () => seen.flatMap(({ event }) => toldOf(event)) }
}

it.effect("T33: what another node lost is a hole in its place, told once, however often it is said", () =>
  scenario(({ broker, comes }) =>
    Effect.gen(function* () {
      const ann = client(broker)
      yield* ann.join("lobby")
      for (const relay of [message("one"), lost(30), lost(30), message("two"), lost(0)]) yield* comes(relay)
      assert.deepStrictEqual(ann.told(), [
        [1, "one"],
        ["lobby", 2, 2, "node", 30],
        [3, "two"],
        ["lobby", 4, 4, "node", 0]
      ])
      const { counts } = (yield* BusTelemetry).snapshot(tenantA)
      assert.strictEqual(counts.relay_lost, 31)
    })
  )
)

it.effect("T33: who comes back behind it is told that there is a gap, and where", () =>
  scenario(({ broker, comes }) =>
    Effect.gen(function* () {
      const ann = client(broker)
      const joined = yield* ann.join("lobby")
      const { epoch } = joined!.channels[0]!.position
      for (const relay of [message("one"), lost(30), message("two")]) yield* comes(relay)
      yield* broker.leave(ann.link, "ops", "lobby")
      const bob = client(broker)
      const again = yield* bob.join("lobby", { epoch, offset: 1 })
      assert.deepInclude(again!.channels[0], { recovery: "gap", recovered: 1 })
      assert.deepStrictEqual(bob.told(), [
        ["lobby", 2, 2, "node", 30],
        [3, "two"]
      ])
      const page = yield* broker.history(bob.link, { room: "ops", channel: "lobby", after: undefined, limit: 0 })
      assert.deepStrictEqual(
        page.messages.map((entry) => entry.content.body),
        ["one", "two"]
      )
      assert.deepStrictEqual(
        page.holes.map(({ from, missing, reason, to }) => [from, to, reason, missing]),
        [[2, 2, "node", 30]]
      )
      // behind it nothing is missing
      const behind = client(broker)
      assert.deepInclude((yield* behind.join("lobby", { epoch, offset: 2 }))!.channels[0], { recovery: "complete" })
    })
  )
)

it.effect(
  "who joined all of a room is told of a channel of which nothing came; nobody else's channels come to be",
  () =>
    scenario(({ broker, comes }) =>
      Effect.gen(function* () {
        const ann = client(broker)
        const eve = client(broker, tenantB)
        yield* ann.join("*")
        yield* eve.join("*")
        yield* comes(lost(3, channelOf("new")))
        yield* comes(lost(3, channelOf("unheard", tenantA, "elsewhere"), "l2"))
        assert.deepStrictEqual(ann.told(), [["new", 1, 1, "node", 3]])
        assert.deepStrictEqual(eve.told(), [])
        assert.deepStrictEqual(
          Array.from(ann.link.tenant.channels(), (channel) => channel.ref.channel),
          [channelOf("new").channel]
        )
      })
    )
)

it.effect(
  "T33: a publish that is tried again at another node is the same message, whichever node's word comes first",
  () =>
    scenario(({ broker, comes }) =>
      Effect.gen(function* () {
        const ann = client(broker)
        yield* ann.join("lobby")
        const { content } = draftOf("x")
        const publish = (id: string) => broker.publish(ann.link, { room: "ops", channel: "lobby", id, content })
        const there = (id: string): Relay => ({
          _tag: "message",
          node: "other",
          id: `relay ${id}`,
          channel: lobby,
          draft: draftOf("x", { id }),
          position: undefined
        })
        assert.isFalse((yield* publish("here first")).duplicate)
        yield* comes(there("here first"))
        yield* comes(there("there first"))
        const ack = yield* publish("there first")
        assert.deepInclude(ack, { duplicate: true, delivered: 0 })
        assert.deepStrictEqual(ann.told(), [
          [1, "x"],
          [2, "x"]
        ])
      })
    )
)

it.effect("what this node could not hand over is counted for its tenant", () =>
  scenario(({ drops }) =>
    Effect.gen(function* () {
      for (const tenant of [tenantA, tenantA, tenantB]) drops(tenant)
      const telemetry = yield* BusTelemetry
      assert.strictEqual(telemetry.snapshot(tenantA).counts.relay_dropped, 2)
      assert.strictEqual(telemetry.snapshot(tenantB).counts.relay_dropped, 1)
    })
  )
)
