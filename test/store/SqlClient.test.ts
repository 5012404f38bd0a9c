import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Migrator from "effect/sql/Migrator"
import { SqlClient } from "effect/sql/SqlClient"
import * as SqlClientLayer from "../../layers/store/SqlClient.ts"
import { layerMemory } from "../../layers/store/SqliteStore.ts"
import { Store } from "../../layers/store/Store.ts"

const both = Layer.provideMerge(SqlClientLayer.layer, layerMemory)

describe("SqlClient", () => {
  it.effect("shares the store's data both ways", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const store = yield* Store
      yield* sql`CREATE TABLE t (a INTEGER, b TEXT)`
      yield* store.write((db) => db.run("INSERT INTO t VALUES (1, 'store')"))
      yield* sql`INSERT INTO t ${sql.insert({ a: 2, b: "client" })}`
      const rows = yield* sql<{ b: string }>`SELECT b FROM t ORDER BY a`
      assert.deepStrictEqual(
        rows.map((row) => row.b),
        ["store", "client"]
      )
      assert.deepStrictEqual(yield* sql`SELECT a, b FROM t WHERE a = ${2}`.values, [[2, "client"]])
    }).pipe(Effect.provide(both))
  )

  it.effect("a transaction that fails leaves nothing, and the store's commands wait for its end", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const store = yield* Store
      yield* sql`CREATE TABLE t (a INTEGER)`
      const order: Array<string> = []
      const transaction = sql
        .withTransaction(
          Effect.gen(function* () {
            yield* sql`INSERT INTO t VALUES (1)`
            for (let i = 0; i < 20; i++) yield* Effect.yieldNow
            order.push("transaction")
            return yield* Effect.fail("undone" as const)
          })
        )
        .pipe(Effect.flip)
      const command = Effect.andThen(
        Effect.yieldNow,
        store.write((db) => {
          order.push("command")
          return db.run("INSERT INTO t VALUES (2)")
        })
      )
      const [error] = yield* Effect.all([transaction, command], { concurrency: "unbounded" })
      assert.strictEqual(error, "undone")
      assert.deepStrictEqual(order, ["transaction", "command"])
      assert.deepStrictEqual(yield* sql`SELECT a FROM t`.values, [[2]])
    }).pipe(Effect.provide(both))
  )

  it.effect("a broken constraint is a typed SqlError", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient
      yield* sql`CREATE TABLE t (a INTEGER UNIQUE)`
      yield* sql`INSERT INTO t VALUES (1)`
      const error = yield* Effect.flip(sql`INSERT INTO t VALUES (1)`)
      assert.strictEqual(error._tag, "SqlError")
      assert.strictEqual(error.reason._tag, "UniqueViolation")
    }).pipe(Effect.provide(both))
  )

  it.effect("the migrations of an embedding program run on it", () =>
    Effect.gen(function* () {
      const loader = Migrator.fromRecord({
        "0001_own": Effect.flatMap(SqlClient, (sql) => sql`CREATE TABLE own (a INTEGER)`)
      })
      const done = yield* Migrator.make({})({ loader })
      assert.deepStrictEqual(done, [[1, "own"]])
      assert.deepStrictEqual(yield* Migrator.make({})({ loader }), [])
    }).pipe(Effect.provide(both))
  )
})
