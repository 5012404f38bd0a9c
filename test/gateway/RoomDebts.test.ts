import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import * as RoomDebts from "../../layers/gateway/RoomDebts.ts"
import { startTicks } from "../../layers/platform/ProcessLiveness.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { ChannelName, RoomName } from "../../src/bus/ChannelName.ts"
import { AgentId, IdempotencyKey, InstanceId, PrincipalId, TenantId } from "../../src/domain/Ids.ts"

const debt = (key: string): RoomDebts.Debt => ({
  agent: AgentId.make("default"),
  channel: { tenant: TenantId.make("t"), room: RoomName.make("help"), channel: ChannelName.make("desk") },
  principal: PrincipalId.make("token:ann"),
  scopes: ["chat:send", "bus:join"],
  message: `message ${key}`,
  key: IdempotencyKey.make(key)
})

const alive = { pid: process.pid, startTicks: startTicks(process.pid) ?? "" }
const instance = (id: string, ended = false) => ({
  id: InstanceId.make(`inst_${id.padEnd(16, "0")}`),
  pid: alive.pid,
  startTicks: ended ? "0" : alive.startTicks
})

it.effect("what an ended process owed is another's, once; what a living one owes stays its own", () =>
  Effect.gen(function* () {
    const ended = yield* RoomDebts.make(instance("ended", true))
    const living = yield* RoomDebts.make(instance("living"))
    const heir = yield* RoomDebts.make(instance("heir"))
    yield* ended.owe(debt("one"))
    yield* ended.owe(debt("two"))
    yield* ended.owe(debt("one"))
    yield* ended.paid(debt("two"))
    yield* living.owe(debt("three"))
    assert.deepStrictEqual(yield* heir.inherit, [debt("one")])
    assert.deepStrictEqual(yield* heir.inherit, [])
    assert.deepStrictEqual(yield* living.inherit, [])
    yield* heir.paid(debt("one"))
    assert.deepStrictEqual(yield* (yield* RoomDebts.make(instance("later"))).inherit, [])
  }).pipe(Effect.provide(SqliteStore.layerMemory))
)

it.effect("nobody inherits what is older than the turn's key", () =>
  Effect.gen(function* () {
    const ended = yield* RoomDebts.make(instance("ended", true))
    yield* ended.owe(debt("one"))
    yield* TestClock.adjust("25 hours")
    assert.deepStrictEqual(yield* (yield* RoomDebts.make(instance("heir"))).inherit, [])
  }).pipe(Effect.provide(SqliteStore.layerMemory))
)
