/**
 * The embedded store: one writer per process over `node:sqlite`. Commands are queued and group-committed; each runs
 * in a savepoint of its own inside one synchronous transaction, so a failing command undoes only itself.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from "node:sqlite"

/** The store could not be read or written: locked, corrupt, full, read-only, moved away. `message` says what to do next. */
export class StoreError extends Schema.TaggedError<StoreError>()("StoreError", {
  kind: Schema.Literals(["locked", "corrupt", "full", "readonly", "moved", "newer_schema", "closed", "failed"]),
  message: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {}

export type Row = Readonly<Record<string, SQLOutputValue>>

/** Prepared statements, cached by their text. Synchronous: for use inside a command only. */
export interface Database {
  readonly get: (sql: string, ...params: ReadonlyArray<SQLInputValue>) => Row | undefined
  readonly all: (sql: string, ...params: ReadonlyArray<SQLInputValue>) => ReadonlyArray<Row>
  /** Number of changed rows. */
  readonly run: (sql: string, ...params: ReadonlyArray<SQLInputValue>) => number
  readonly raw: DatabaseSync
}

/** `normal`: survives the death of the process. `full`: also the loss of power (money, approvals, audit). */
export type Durability = "normal" | "full"

export class Store extends Context.Service<
  Store,
  {
    /**
     * Runs `command` inside the writer's next transaction and answers after its commit. Whatever `command` throws
     * undoes its own writes and becomes a defect; typed outcomes are return values.
     */
    readonly write: <A>(command: (db: Database) => A, durability?: Durability) => Effect.Effect<A, StoreError>
    /** Runs `query` at once: it sees what is committed, and cannot write. */
    readonly read: <A>(query: (db: Database) => A) => Effect.Effect<A, StoreError>
    /** Path of the database file, or `:memory:`. */
    readonly path: string
  }
>()("exoclaw/store/Store") {}
