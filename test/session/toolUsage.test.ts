import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqliteToolUsage from "../../layers/session/SqliteToolUsage.ts"
import { Store } from "../../layers/store/Store.ts"
import { defaultTenant, PrincipalId, TenantId } from "../../src/domain/Ids.ts"
import * as SessionKey from "../../src/domain/SessionKey.ts"
import { SessionStore } from "../../src/session/SessionStore.ts"
import { ToolUsage } from "../../src/session/ToolUsage.ts"
import type { EventBody } from "../../src/session/TurnEvent.ts"
import { askerOf, instanceOf, keyOf, storeAt, turnId } from "./fixtures.ts"

const result = (name: string, ms: number, isError = false): EventBody => ({
  type: "tool_result",
  data: { id: name, name, content: "text", isError, ms }
})
const usage = (parts: Readonly<Record<string, number>>): EventBody => ({
  type: "usage",
  data: {
    inputTokens: 100,
    outputTokens: 1,
    costMicros: 300,
    model: "m",
    blocks: [
      { kind: "user", tokens: 50, micros: 150 },
      ...Object.entries(parts).map(([tool, tokens]) => ({
        kind: "tool_results" as const,
        tool,
        tokens,
        micros: tokens * 3
      }))
    ]
  }
})

/** A turn of somebody that said so. */
const turn = (n: number, who: string, at: number, bodies: ReadonlyArray<EventBody>) =>
  Effect.gen(function* () {
    const store = yield* SessionStore
    const key = keyOf(`peer ${n}`, { account: who })
    yield* store.accept({
      id: turnId(n),
      key,
      asker: askerOf(who),
      scopes: [],
      content: "hi",
      idempotencyKey: undefined,
      maxTokens: undefined,
      waitingLimit: 9,
      at
    })
    yield* store.next(SessionKey.storageKey(key), instanceOf(1), at)
    yield* store.append(turnId(n), bodies)
    return SessionKey.storageKey(key)
  })

const world = Layer.provideMerge(SqliteToolUsage.layer, storeAt(":memory:"))

describe("what tools cost", () => {
  it.effect("is counted with the journal, for its own principal and time, and outlives a session that is cleared", () =>
    Effect.gen(function* () {
      const tools = yield* ToolUsage
      const session = yield* turn(1, "alice", 1_000, [
        result("echo", 5),
        result("echo", 7, true),
        result("fetch", 100),
        usage({ echo: 10, fetch: 20 }),
        usage({ echo: 12, fetch: 24 })
      ])
      yield* turn(2, "bob", 2_000, [result("echo", 1), usage({ echo: 3 })])
      assert.deepStrictEqual(yield* tools.query({}), [
        { tool: "fetch", calls: 1, errors: 0, ms: 100, promptTokens: 44, costMicros: 132 },
        { tool: "echo", calls: 3, errors: 1, ms: 13, promptTokens: 25, costMicros: 75 }
      ])
      const bobs = [{ tool: "echo", calls: 1, errors: 0, ms: 1, promptTokens: 3, costMicros: 9 }]
      assert.deepStrictEqual(yield* tools.query({ principal: PrincipalId.make("bob"), tenant: defaultTenant }), bobs)
      assert.deepStrictEqual(yield* tools.query({ from: 1_001 }), bobs)
      assert.deepStrictEqual(yield* tools.query({ to: 1_000 }), [])
      assert.deepStrictEqual(yield* tools.query({ tenant: TenantId.make("acme") }), [])
      const store = yield* SessionStore
      yield* store.finish(turnId(1), { status: "done", stopReason: "end_turn", receipt: null, at: 3_000 })
      assert.strictEqual(yield* store.clear(session, askerOf("alice"), 4_000), 1)
      assert.lengthOf(yield* tools.query({ to: 2_000 }), 2)
      // that it was cleared is recorded with it, and a second time there is nothing to clear
      assert.strictEqual(yield* store.clear(session, askerOf("alice"), 5_000), 0)
      const entries = yield* Effect.flatMap(Store, ({ read }) => read((db) => db.all("SELECT event FROM audit")))
      assert.deepStrictEqual(
        entries.map(({ event }) => JSON.parse(String(event))),
        [
          {
            kind: "session.cleared",
            tenant: defaultTenant,
            principal: "alice",
            session,
            outcome: "ok",
            data: { turns: 1 }
          }
        ]
      )
    }).pipe(Effect.provide(world))
  )

  it.effect("is not counted where the journal took nothing", () =>
    Effect.gen(function* () {
      yield* turn(1, "alice", 1_000, [])
      const store = yield* SessionStore
      yield* store.finish(turnId(1), { status: "cancelled", stopReason: "cancelled", receipt: null, at: 2_000 })
      assert.isTrue((yield* store.append(turnId(1), [result("echo", 5)])).cancel)
      assert.deepStrictEqual(yield* (yield* ToolUsage).query({}), [])
    }).pipe(Effect.provide(world))
  )
})
