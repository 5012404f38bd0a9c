/**
 * A connection to SurrealDB, as an embedding program opens it with the package `surrealdb` (a server, or an engine inside
 * the process): this package does not depend on it.
 */
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import { MemoryError, MemoryUnavailable } from "../../../src/memory/MemoryError.ts"

/** What `new Surreal()` has: the answers of the statements, in order. */
export interface SurrealConnection {
  readonly query: (sql: string, variables: Record<string, unknown>) => PromiseLike<ReadonlyArray<unknown>>
}

export type Row = Readonly<Record<string, unknown>>

export interface Surreal {
  /** The rows that the last statement gives. */
  readonly rows: (sql: string, variables?: Record<string, unknown>) => Effect.Effect<ReadonlyArray<Row>, MemoryError>
  /** One after the other: numbers are given in the process, and a unique index refuses what two processes gave twice. */
  readonly exclusive: <A>(effect: Effect.Effect<A, MemoryError>) => Effect.Effect<A, MemoryError>
}

export const make = (connection: SurrealConnection): Surreal => {
  const lock = Semaphore.makeUnsafe(1)
  return {
    rows: (sql, variables = {}) =>
      Effect.tryPromise({
        try: async () => {
          const answers = await connection.query(sql, variables)
          const last = answers.at(-1)
          return Array.isArray(last) ? (last as ReadonlyArray<Row>) : []
        },
        catch: (cause) => new MemoryError({ reason: new MemoryUnavailable({ cause }) })
      }),
    exclusive: (effect) => lock.withPermits(1)(effect)
  }
}
