import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import * as TestClock from "effect/testing/TestClock"
import * as SystemTelemetry from "../../layers/bus/inside/SystemTelemetry.ts"
import * as Telemetry from "../../layers/bus/telemetry/Telemetry.ts"
import { Broker } from "../../src/bus/routing/Broker.ts"
import type { Packet } from "../../src/bus/routing/Packet.ts"
import { BusTelemetry } from "../../src/bus/telemetry/BusTelemetry.ts"
import { TenantId } from "../../src/domain/Ids.ts"
import { brokerOf } from "./broker.ts"
import { tenantA, tenantB } from "./fixtures.ts"

const attached = (broker: Broker["Service"], tenant: TenantId, role: "admin" | "user" = "user", queuedBytes = 0) => {
  const seen: Array<Packet> = []
  const sink = {
    offer: (packet: Packet) => seen.push(packet) > 0,
    capacity: 1_000_000,
    queuedBytes,
    isFull: () => false,
    ready: Effect.void,
    cut: () => undefined
  }
  const link = broker.attach(
    {
      tenant,
      subject: { role, principal: "token:ann", any: false },
      member: { connection: `${tenant}${role}`, principal: "token:ann", type: "service", name: "", metadata: {} }
    },
    sink
  )
  const join = (room: string, channel: string) =>
    broker.join(link, { room, channel, recover: [], presence: false, mute: false }, () => undefined)
  const bodies = () => seen.flatMap(({ event }) => (event._tag === "message" ? [String(event.entry.content.body)] : []))
  return { link, join, bodies }
}

const content = { body: "hello", contentType: "", headers: {}, key: "", annotations: undefined }

const failing = Layer.succeed(
  BusTelemetry,
  Telemetry.guarded({
    count: () => {
      throw new Error("no numbers today")
    },
    refused: () => {
      throw new Error("no numbers today")
    },
    handled: () => {
      throw new Error("no numbers today")
    },
    snapshot: () => {
      throw new Error("no numbers today")
    }
  })
)

it.effect("telemetry that fails takes nothing from the bus", () =>
  Effect.gen(function* () {
    const broker = yield* Broker
    const ann = attached(broker, tenantA)
    yield* ann.join("ops", "lobby")
    const ack = yield* broker.publish(ann.link, { room: "ops", channel: "lobby", id: "", content })
    assert.strictEqual(ack.delivered, 1)
    assert.deepStrictEqual(ann.bodies(), ["hello"])
    assert.deepStrictEqual((yield* BusTelemetry).snapshot(tenantA).counts, {})
  }).pipe(Effect.provide(brokerOf({}, failing)))
)

it.effect("the metrics read what was counted, by tenant and event, and see what waits and what is away", () =>
  Effect.gen(function* () {
    const broker = yield* Broker
    const admin = attached(broker, tenantA, "admin", 300)
    const other = attached(broker, tenantA, "user", 44)
    yield* admin.join("ops", "lobby")
    yield* other.join("ops", "lobby")
    for (const id of ["one", "two", "one"])
      yield* broker.publish(admin.link, { room: "ops", channel: "lobby", id, content })
    const telemetry = yield* BusTelemetry
    telemetry.refused("forbidden", tenantA)
    telemetry.refused("malformed", undefined)
    telemetry.handled("publish", tenantA, 12)
    telemetry.handled("publish", tenantA, 5_000)
    yield* TestClock.adjust("5 seconds")
    const lines = (yield* PrometheusMetrics.format()).split("\n")
    const of = (name: string, ...labels: ReadonlyArray<string>) =>
      lines
        .filter((line) => line.startsWith(name) && labels.every((label) => line.includes(label)))
        .map((line) => Number(line.split(" ").at(-1)))
    const tenant = `tenant="${tenantA}"`
    const event = (what: string) => of("exoclaw_bus_events_total{", tenant, `event="${what}"`)
    assert.deepStrictEqual([event("published"), event("duplicate"), event("delivered")], [[2], [1], [4]])
    assert.deepStrictEqual(of("exoclaw_bus_refused_total{", tenant, `code="forbidden"`), [1])
    assert.isAtLeast(of("exoclaw_bus_refused_total{", `code="malformed"`)[0] ?? 0, 1)
    const request = [tenant, `request="publish"`] as const
    assert.deepStrictEqual(of("exoclaw_bus_request_seconds_count{", ...request), [2])
    assert.deepStrictEqual(of("exoclaw_bus_request_seconds_bucket{", ...request, `le="0.000008"`), [0])
    assert.deepStrictEqual(of("exoclaw_bus_request_seconds_bucket{", ...request, `le="0.000016"`), [1])
    assert.deepStrictEqual(of("exoclaw_bus_request_seconds_bucket{", ...request, `le="+Inf"`), [2])
    assert.deepStrictEqual(of("exoclaw_bus_queued_bytes{", tenant), [344])
    assert.deepStrictEqual(of("exoclaw_bus_connections{", tenant), [2])
    assert.deepStrictEqual(of("exoclaw_bus_up{", `part="history"`, `backend="memory"`), [1])
  }).pipe(Effect.provide(Layer.provideMerge(SystemTelemetry.layer, brokerOf())))
)

it.effect("system:telemetry tells a tenant's admins its own numbers, and nothing of another tenant", () =>
  Effect.gen(function* () {
    const broker = yield* Broker
    const admin = attached(broker, tenantA, "admin")
    const other = attached(broker, tenantB)
    yield* admin.join("system", "telemetry")
    assert.strictEqual((yield* Effect.flip(other.join("system", "telemetry"))).reason, "forbidden")
    yield* other.join("ops", "their secret room")
    for (let n = 0; n < 5; n++)
      yield* broker.publish(other.link, { room: "ops", channel: "their secret room", id: "", content })
    yield* admin.join("ops", "lobby")
    yield* broker.publish(admin.link, { room: "ops", channel: "lobby", id: "", content })
    yield* TestClock.adjust("5 seconds")
    const [, told = ""] = admin.bodies()
    const numbers = JSON.parse(told) as Readonly<Record<string, unknown>>
    assert.deepInclude(numbers, { node: "node", connections: 1, channels: 2 })
    assert.deepInclude(numbers["counts"] as object, { published: 1, delivered: 1 })
    assert.notInclude(told, "secret")
    assert.notInclude(told, "tenant-b")
  }).pipe(Effect.provide(Layer.provideMerge(SystemTelemetry.layer, brokerOf())))
)
