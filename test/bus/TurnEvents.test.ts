import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { AgentId, PrincipalId, type TenantId, TurnId } from "../../src/domain/Ids.ts"
import { Bridge } from "../../src/bus/Bridge.ts"
import { Broker } from "../../src/bus/routing/Broker.ts"
import { Packet } from "../../src/bus/routing/Packet.ts"
import type { TurnEvent } from "../../src/session/TurnEvent.ts"
import { TurnWatch } from "../../src/session/TurnWatch.ts"
import * as TurnEvents from "../../layers/bus/inside/TurnEvents.ts"
import { brokerOf } from "./broker.ts"
import { tenantA, tenantB } from "./fixtures.ts"

const turnId = TurnId.make("turn_0000000000000000")
const turn = {
  id: turnId,
  tenant: tenantA,
  principal: PrincipalId.make("token:ann"),
  session: {
    tenant: tenantA,
    agent: AgentId.make("helper"),
    channel: "websocket",
    account: "token:ann",
    conversation: { peer: "a.b*" }
  }
}
const events: ReadonlyArray<TurnEvent> = [
  { turnId, seq: 1, body: { type: "accepted", data: {} } },
  { turnId, seq: 2, body: { type: "text", data: { text: "a private answer" } } },
  { turnId, seq: 3, body: { type: "tool_call", data: { id: "1", name: "clock", input: { city: "secret" } } } },
  { turnId, seq: 4, body: { type: "done", data: { stopReason: "end_turn" } } }
]

const bridged = Layer.succeed(Bridge, {
  node: "node",
  publish: () => false,
  receive: () => Effect.void,
  onDrop: () => undefined,
  health: Effect.succeed({ backend: "nats", connected: true, detail: "" })
})
const nobody = {
  offer: () => true,
  isFull: () => false,
  capacity: 1_000_000,
  queuedBytes: 0,
  ready: Effect.void,
  cut: () => undefined
}

it.effect("a turn's events are kept for whoever was here a minute ago, and for nobody else", () =>
  Effect.gen(function* () {
    const broker = yield* Broker
    const watch = yield* TurnWatch
    const conversation = { room: "exoclaw", channel: "websocket.token:ann.a%2Eb%2A" }
    const come = (tenant: TenantId) =>
      broker.attach(
        {
          tenant,
          subject: { role: "user", principal: "token:ann", any: true },
          member: { connection: "ann", principal: "token:ann", type: "dashboard", name: "", metadata: {} }
        },
        nobody
      )
    const kept = Effect.gen(function* () {
      const link = come(tenantA)
      yield* broker.join(link, { ...conversation, recover: [], presence: false, mute: true }, () => undefined)
      const { messages } = yield* broker.history(link, { ...conversation, after: undefined, limit: 10 })
      broker.detach(link)
      return messages.length
    })
    watch(turn, events)
    assert.deepStrictEqual(broker.usage(tenantA, 10), [])
    // somebody else's tenant is not this one's
    come(tenantB)
    watch(turn, events)
    assert.strictEqual(yield* kept, 0)
    yield* TestClock.adjust("50 seconds")
    watch(turn, events)
    assert.strictEqual(yield* kept, events.length)
    yield* TestClock.adjust("2 minutes")
    watch(turn, events)
    assert.deepStrictEqual(broker.usage(tenantA, 10), [])
  }).pipe(Effect.provide(Layer.provideMerge(TurnEvents.layer, brokerOf())))
)

it.effect("a turn's events are on the bus where those who hear them may be on another node", () =>
  Effect.gen(function* () {
    const broker = yield* Broker
    const watch = yield* TurnWatch
    watch(turn, events)
    assert.strictEqual(broker.usage(tenantA, 10).length, 1)
  }).pipe(Effect.provide(Layer.provideMerge(TurnEvents.layer, brokerOf({}, undefined, bridged))))
)

it.effect("a turn's events are on its conversation's channel, and for dashboards only who did what", () =>
  Effect.gen(function* () {
    const broker = yield* Broker
    const watch = yield* TurnWatch
    const client = (name: string, any: boolean) => {
      const seen: Array<Packet> = []
      const sink = {
        offer: (packet: Packet) => seen.push(packet) > 0,
        capacity: 1_000_000,
        queuedBytes: 0,
        isFull: () => false,
        ready: Effect.void,
        cut: () => undefined
      }
      const subject = { role: "user", principal: name, any } as const
      const member = { connection: name, principal: name, type: "dashboard", name: "", metadata: {} } as const
      const link = broker.attach({ tenant: tenantA, subject, member }, sink)
      const join = (room: string, channel: string) =>
        broker.join(link, { room, channel, recover: [], presence: false, mute: false }, () => undefined)
      const told = () =>
        seen.flatMap(({ event }) => (event._tag === "message" ? [JSON.parse(String(event.entry.content.body))] : []))
      return { join, seen, told }
    }
    const [ann, bob, dashboard] = [client("token:ann", false), client("token:bob", false), client("token:dash", false)]
    yield* ann.join("exoclaw", "websocket.token:ann.a%2Eb%2A")
    yield* bob.join("exoclaw", "*")
    const refused = yield* Effect.flip(bob.join("exoclaw", "websocket.token:ann.a%2Eb%2A"))
    assert.strictEqual(refused.reason, "forbidden")
    yield* dashboard.join("system", "activity")
    watch(turn, events)
    // what another process tells again is nothing new
    watch(turn, events)
    assert.deepStrictEqual(
      ann.told().map(({ seq, type }) => [seq, type]),
      events.map(({ body, seq }) => [seq, body.type])
    )
    assert.deepStrictEqual(ann.told()[1].data, { text: "a private answer" })
    assert.deepStrictEqual(bob.told(), [])
    assert.deepStrictEqual(dashboard.told().slice(0, 3), [
      { agent: "helper", channel: "websocket", turnId, type: "accepted" },
      { agent: "helper", channel: "websocket", turnId, type: "tool_call", tool: "clock" },
      { agent: "helper", channel: "websocket", turnId, type: "done", stopReason: "end_turn" }
    ])
    assert.notInclude(JSON.stringify(dashboard.told()), "secret")
    assert.notInclude(JSON.stringify(dashboard.told()), "token:ann")
  }).pipe(Effect.provide(Layer.provideMerge(TurnEvents.layer, brokerOf())))
)
