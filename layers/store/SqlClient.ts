/**
 * The `SqlClient` of `effect/sql` over the store's own writing connection: for programs that embed exoclaw and for
 * ad-hoc queries. Commands on the hot path go through `Store`.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Client from "effect/sql/SqlClient"
import type * as SqlConnection from "effect/sql/SqlConnection"
import { classifySqliteError, SqlError } from "effect/sql/SqlError"
import * as Statement from "effect/sql/Statement"
import type { SQLInputValue } from "node:sqlite"
import { openFault, resultCode } from "./SqliteFault.ts"
import { SqliteWriter } from "./SqliteStore.ts"
import type { Row, StoreError } from "./Store.ts"
import type { Writer } from "./Writer.ts"

/** `effect/sql` looks for the result code in `code`, where Node has a word of its own. */
const toSqlError = (error: StoreError): SqlError => {
  const cause = error.cause ?? error
  const coded = { code: resultCode(cause), message: cause instanceof Error ? cause.message : error.message, cause }
  return new SqlError({ reason: classifySqliteError(coded, { message: error.message, operation: "execute" }) })
}

const connect = (writer: Writer): SqlConnection.Connection => {
  const rows = (sql: string, params: ReadonlyArray<unknown>): Effect.Effect<ReadonlyArray<Row>, SqlError> =>
    writer
      .retryLocked(
        Effect.try({
          try: () => {
            if (!writer.db.raw.isTransaction) writer.synchronous("full")
            // The compiler has made SQLite's values of them; what it could not, SQLite refuses.
            return writer.db.all(sql, ...(params as ReadonlyArray<SQLInputValue>))
          },
          catch: (cause) => openFault(cause, writer.path)
        })
      )
      .pipe(Effect.mapError(toSqlError))
  const execute: SqlConnection.Connection["execute"] = (sql, params, transform) =>
    transform === undefined ? rows(sql, params) : Effect.map(rows(sql, params), transform)
  const values = (sql: string, params: ReadonlyArray<unknown>) =>
    Effect.map(rows(sql, params), (all) => all.map((row) => Object.values(row)))
  return {
    execute,
    executeRaw: rows,
    executeUnprepared: execute,
    executeValues: values,
    executeValuesUnprepared: values,
    executeStream: (sql, params, transform) => Stream.fromIterableEffect(execute(sql, params, transform))
  }
}

/**
 * While a transaction is open, the store's other commands wait: keep it short. What it commits survives a loss of
 * power.
 */
export const layer: Layer.Layer<Client.SqlClient, never, SqliteWriter> = Layer.effect(
  Client.SqlClient,
  Effect.gen(function* () {
    const writer = yield* SqliteWriter
    const acquirers = Client.makeSqliteAcquirers({
      connection: Effect.succeed(connect(writer)),
      semaphore: writer.lock,
      isTransaction: () => writer.db.raw.isTransaction
    })
    return yield* Client.make({
      ...acquirers,
      compiler: Statement.makeCompilerSqlite(),
      driver: "node:sqlite",
      spanAttributes: [["db.system.name", "sqlite"]],
      beginTransaction: "BEGIN IMMEDIATE"
    })
  })
).pipe(Layer.provide(Reactivity.layer))
