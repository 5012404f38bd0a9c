import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as queries from "../../layers/session/queries.ts"
import { type Database, type Row, Store } from "../../layers/store/Store.ts"
import * as SessionKey from "../../src/domain/SessionKey.ts"
import { SessionStore } from "../../src/session/SessionStore.ts"
import { acceptance, keyOf, storeAt } from "./fixtures.ts"

describe("history", () => {
  it.effect("T28: reads no more than its page holds, however many long turns there are", () => {
    const long = 100_000
    let characters = 0
    const count = (row: Row | undefined) => {
      for (const value of Object.values(row ?? {})) if (typeof value === "string") characters += value.length
    }
    /** A database that counts what is read from it. */
    const counted = (db: Database): Database => ({
      ...db,
      get: (...args) => {
        const row = db.get(...args)
        count(row)
        return row
      },
      all: (...args) => {
        const rows = db.all(...args)
        rows.forEach(count)
        return rows
      }
    })
    return Effect.gen(function* () {
      const sessions = yield* SessionStore
      const store = yield* Store
      for (let n = 1; n <= 60; n++) yield* sessions.accept(acceptance(n, { content: `${n} ${"x".repeat(long)}` }))
      const page = yield* store.read((db) =>
        queries.history(counted(db), SessionKey.storageKey(keyOf("main")), 500, undefined)
      )
      assert.deepStrictEqual(
        page.map(({ user }) => user.split(" ")[0]),
        Array.from({ length: 9 }, (_, i) => `${i + 52}`)
      )
      assert.isBelow(characters, 12 * long)
    }).pipe(Effect.provide(storeAt(":memory:")))
  })
})
