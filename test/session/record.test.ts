import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Store } from "../../layers/store/Store.ts"
import type { AuditEvent } from "../../src/audit/AuditEvent.ts"
import { defaultTenant } from "../../src/domain/Ids.ts"
import * as SessionKey from "../../src/domain/SessionKey.ts"
import { SessionStore } from "../../src/session/SessionStore.ts"
import { acceptance, instanceOf, keyOf, storeAt, turnId } from "./fixtures.ts"

const entry = (kind: AuditEvent["kind"]): AuditEvent => ({
  kind,
  tenant: defaultTenant,
  principal: "alice",
  turn: turnId(1),
  outcome: "ok",
  data: {}
})

const running = Effect.gen(function* () {
  const store = yield* SessionStore
  yield* store.accept(acceptance(1))
  yield* store.next(SessionKey.storageKey(keyOf("main")), instanceOf(1), 0)
  return store
})

const kinds = Effect.flatMap(Store, ({ read }) =>
  read((db) => db.all("SELECT event FROM audit ORDER BY seq").map(({ event }) => JSON.parse(String(event)).kind))
)
const end = { status: "done", stopReason: "end_turn", receipt: null, at: 2 } as const

describe("what a turn does and its entry in the audit log", () => {
  it.effect("are one transaction; a second ending writes neither", () =>
    Effect.gen(function* () {
      const store = yield* running
      yield* store.append(turnId(1), [{ type: "text", data: { text: "hi" } }], undefined, {
        event: entry("tool.call"),
        at: 1
      })
      assert.isTrue(yield* store.finish(turnId(1), { ...end, record: entry("turn.finished") }))
      assert.isFalse(yield* store.finish(turnId(1), { ...end, record: entry("turn.finished") }))
      assert.deepStrictEqual(yield* kinds, ["tool.call", "turn.finished"])
    }).pipe(Effect.provide(storeAt(":memory:")))
  )

  it.effect("the entry is written also where the turn was taken away meanwhile: what was done was done", () =>
    Effect.gen(function* () {
      const store = yield* running
      yield* store.finish(turnId(1), end)
      const late = yield* store.append(turnId(1), [{ type: "text", data: { text: "hi" } }], undefined, {
        event: entry("tool.call"),
        at: 3
      })
      assert.deepInclude(late, { cancel: true, events: [] })
      assert.deepStrictEqual(yield* kinds, ["tool.call"])
    }).pipe(Effect.provide(storeAt(":memory:")))
  )

  it.effect("an audit log that is broken keeps no turn from going on and ending, and nothing of the entry stays", () =>
    Effect.gen(function* () {
      const store = yield* running
      yield* Effect.flatMap(Store, ({ write }) => write((db) => void db.run("DELETE FROM audit_head")))
      const written = yield* store.append(turnId(1), [{ type: "text", data: { text: "hi" } }], undefined, {
        event: entry("tool.call"),
        at: 1
      })
      assert.lengthOf(written.events, 1)
      assert.isTrue(yield* store.finish(turnId(1), { ...end, record: entry("turn.finished") }))
      assert.strictEqual((yield* store.load(turnId(1)))?.text, "hi")
      assert.deepStrictEqual(yield* kinds, [])
    }).pipe(Effect.provide(storeAt(":memory:")))
  )
})
