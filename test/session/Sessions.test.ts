import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Sessions } from "../../src/session/Sessions.ts"
import { as, keyOf } from "./fixtures.ts"
import { alice, ended, meanwhile, resultOf, type Script, send, world } from "./world.ts"

const script: Script = (turn, { say }) => Effect.as(say(`answer to ${turn.content}`), ended)
const shown = "main:websocket:alice:main"

describe("Sessions", () => {
  it.effect("lists, shows and clears the sessions of their principal", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      yield* meanwhile(resultOf(yield* send("one")))
      yield* meanwhile(resultOf(yield* send("two", { session: keyOf("a b/c:d") })))
      const list = yield* alice(sessions.list({ limit: 10 }))
      assert.sameMembers(
        list.map(({ sessionKey }) => sessionKey),
        [shown, "main:websocket:alice:a%20b%2Fc%3Ad"]
      )
      assert.deepInclude(yield* alice(sessions.get(shown)), { agent: "main", peer: "main", turns: 1 })
      const history = yield* alice(sessions.history(shown, { limit: 10 }))
      assert.deepStrictEqual(
        history.map(({ assistant, status, user }) => [user, assistant, status]),
        [["one", "answer to one", "done"]]
      )
      assert.deepStrictEqual(yield* alice(sessions.clear(shown)), { turns: 1 })
      assert.deepStrictEqual(yield* alice(sessions.history(shown, { limit: 10 })), [])
    }).pipe(Effect.provide(world({ script })))
  )

  it.effect("T6: shows others nothing, not even that there is something, without session:any", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      yield* meanwhile(resultOf(yield* send("one")))
      const bob = as("bob")
      assert.deepStrictEqual(yield* bob(sessions.list({ limit: 10 })), [])
      for (const key of [shown, "main:websocket:alice:nobody"]) {
        for (const attempt of [
          Effect.asVoid(sessions.get(key)),
          Effect.asVoid(sessions.history(key, { limit: 1 })),
          Effect.asVoid(sessions.clear(key))
        ]) {
          const error = yield* Effect.flip(bob(attempt))
          assert.strictEqual(error.message, "There is no such session.")
        }
      }
      const operator = as("bob", ["session:any"])
      assert.lengthOf(yield* operator(sessions.list({ limit: 10 })), 1)
      assert.strictEqual((yield* operator(sessions.get(shown))).principal, "alice")
    }).pipe(Effect.provide(world({ script })))
  )

  it.effect("T6: a group is read by whoever takes part, and cleared by who opened it or holds session:any", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const group = keyOf("room", { conversation: { peer: "room", guild: "g" } })
      yield* meanwhile(resultOf(yield* send("one", { session: group })))
      const sessionKey = (yield* alice(sessions.list({ limit: 1 })))[0]?.sessionKey ?? ""
      const bob = as("bob")
      assert.lengthOf(yield* bob(sessions.history(sessionKey, { limit: 10 })), 1)
      const error = yield* Effect.flip(bob(sessions.clear(sessionKey)))
      assert.strictEqual(error.reason._tag, "NotYours")
      assert.lengthOf(yield* alice(sessions.history(sessionKey, { limit: 10 })), 1)
      assert.deepStrictEqual(yield* as("bob", ["session:any"])(sessions.clear(sessionKey)), { turns: 1 })
    }).pipe(Effect.provide(world({ script })))
  )
})
