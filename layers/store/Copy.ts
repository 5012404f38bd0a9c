/** Whole databases: copying one that is in use, looking whether a copy is whole, and having one to oneself. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { closeSync, openSync } from "node:fs"
import { backup, DatabaseSync } from "node:sqlite"
import { makeDatabase, openReader } from "./Connection.ts"
import { migrations } from "./migrations/index.ts"
import { openFault, storeError } from "./SqliteFault.ts"
import type { Database, StoreError } from "./Store.ts"

/** Number of the last migration that this version knows. */
export const currentSchema: number = Math.max(...migrations.map(({ id }) => id))

/** What a database holds. */
export interface Contents {
  /** Number of its last migration. */
  readonly schema: number
  /** Rows by table. */
  readonly counts: Readonly<Record<string, number>>
}

const contentsOf = (db: Database): Contents => {
  const tables = db.all(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
  )
  const number = (sql: string): number => Number(Object.values(db.get(sql) ?? {})[0] ?? 0)
  return {
    schema: number("SELECT max(id) FROM migrations"),
    // names come from the schema itself
    counts: Object.fromEntries(
      tables.map(({ name }) => [String(name), number(`SELECT count(*) FROM "${String(name)}"`)])
    )
  }
}

const reader = (path: string): Effect.Effect<DatabaseSync, StoreError, Scope.Scope> =>
  Effect.acquireRelease(Effect.try({ try: () => openReader(path), catch: (cause) => openFault(cause, path) }), (raw) =>
    Effect.sync(() => raw.close())
  )

/** Pages that are copied between two looks at what else there is to do: 4 MiB at the usual size. */
const pagesAtOnce = 1_000

/**
 * Copies the database at `from` to the new file `to` (mode 0600), which then stands alone, without a write-ahead log.
 * Others may write meanwhile: what is copied is the moment of the call. `progress` gets the part that is done, 0 to 1.
 */
export const copyDatabase = Effect.fn("Store.copy")(function* (
  from: string,
  to: string,
  progress: (part: number) => void = () => undefined
): Effect.fn.Return<Contents, StoreError> {
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const raw = yield* reader(from)
      return yield* Effect.tryPromise({
        try: async () => {
          // A snapshot that lasts until the connection is closed. Without it every commit of another process would
          // make the copy begin again.
          raw.exec("BEGIN")
          const contents = contentsOf(makeDatabase(raw))
          closeSync(openSync(to, "wx", 0o600))
          await backup(raw, to, {
            rate: pagesAtOnce,
            progress: ({ remainingPages, totalPages }) => progress(1 - remainingPages / Math.max(1, totalPages))
          })
          const copy = new DatabaseSync(to)
          try {
            copy.exec("PRAGMA journal_mode = DELETE")
          } finally {
            copy.close()
          }
          return contents
        },
        catch: (cause) => {
          const fault = openFault(cause, from)
          // what is full or may not be written is the copy's place
          return fault.kind === "full" || fault.kind === "readonly" ? openFault(cause, to) : fault
        }
      })
    })
  )
})

/** Reads a whole database that nobody else uses; fails where it is damaged or a newer version wrote it. */
export const inspectDatabase = Effect.fn("Store.inspect")(function* (
  path: string
): Effect.fn.Return<Contents, StoreError> {
  return yield* Effect.scoped(
    Effect.flatMap(reader(path), (raw) =>
      Effect.try({
        try: () => {
          const db = makeDatabase(raw)
          const [answer] = Object.values(db.get("PRAGMA quick_check(1)") ?? {})
          if (answer !== "ok") throw storeError("corrupt", path)
          const known = new Set(migrations.map(({ id }) => id))
          if (db.all("SELECT id FROM migrations").some(({ id }) => !known.has(Number(id)))) {
            throw storeError("newer_schema", path)
          }
          return contentsOf(db)
        },
        catch: (cause) => openFault(cause, path)
      })
    )
  )
})

/**
 * Has the database at `path` to itself while the scope is open: nobody else can open it. Fails with `locked` at once
 * where anybody has. A file that is no database any more is nobody's.
 */
export const haveAlone = (path: string): Effect.Effect<void, StoreError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.try({
      try: () => {
        const raw = new DatabaseSync(path, { timeout: 0 })
        try {
          raw.exec("PRAGMA locking_mode = EXCLUSIVE")
          // SQLite lets nobody change the journal's mode who is not alone
          raw.exec("PRAGMA journal_mode = DELETE")
          raw.exec("BEGIN EXCLUSIVE")
        } catch (cause) {
          if (openFault(cause, path).kind === "locked") {
            raw.close()
            throw cause
          }
        }
        return raw
      },
      catch: (cause) => openFault(cause, path)
    }),
    (raw) => Effect.sync(() => raw.close())
  )
