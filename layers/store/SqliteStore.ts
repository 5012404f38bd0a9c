/** `Store` on `node:sqlite`: one connection that writes, one that reads, one file. */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { DatabaseSync } from "node:sqlite"
import { makeDatabase, neverBlock, openReader, openWriter, watchPlace } from "./Connection.ts"
import { migrate } from "./Migrate.ts"
import { migrations } from "./migrations/index.ts"
import { readThrough } from "./Reads.ts"
import { openFault, storeError, storeFault } from "./SqliteFault.ts"
import { type Database, Store, type StoreError } from "./Store.ts"
import { Writer } from "./Writer.ts"

/** The writing connection itself, for what has to share it (`SqlClient.ts`). */
export class SqliteWriter extends Context.Service<SqliteWriter, Writer>()("exoclaw/store/SqliteWriter") {}

const close = (raw: DatabaseSync): Effect.Effect<void> =>
  Effect.sync(() => {
    try {
      raw.exec("PRAGMA wal_checkpoint(TRUNCATE)")
    } catch {
      // Another process is using the file: the last to close it does this.
    }
    raw.close()
  })

const acquireWriter = (path: string): Effect.Effect<DatabaseSync, StoreError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.try({
      try: () => {
        const raw = openWriter(path)
        try {
          migrate(raw, migrations, path)
          neverBlock(raw)
          return raw
        } catch (cause) {
          raw.close()
          throw cause
        }
      },
      catch: (cause) => openFault(cause, path)
    }),
    close
  )

const acquireReader = (path: string): Effect.Effect<DatabaseSync, StoreError, Scope.Scope> =>
  Effect.acquireRelease(Effect.try({ try: () => openReader(path), catch: (cause) => openFault(cause, path) }), (raw) =>
    Effect.sync(() => raw.close())
  )

const reads =
  (db: Database, path: string) =>
  <A>(query: (db: Database) => A): Effect.Effect<A, StoreError> =>
    Effect.suspend(() => {
      // node:sqlite throws: this is its edge.
      try {
        return Effect.succeed(query(db))
      } catch (cause) {
        if (!db.raw.isOpen) return Effect.fail(storeError("closed", path, cause))
        const fault = storeFault(cause, path)
        return fault === undefined ? Effect.die(cause) : Effect.fail(fault)
      }
    })

/**
 * Queries on a file that is there, without a writer, a migration or a change. Fails where there is none.
 */
export const openReads = (path: string): Effect.Effect<Store["Service"]["read"], StoreError, Scope.Scope> =>
  Effect.map(acquireReader(path), (raw) => reads(makeDatabase(raw), path))

const make = Effect.fnUntraced(function* (path: string, patience?: Duration.Input) {
  const raw = yield* acquireWriter(path)
  const db = makeDatabase(raw)
  const reader = path === ":memory:" ? db : readThrough(db, makeDatabase(yield* acquireReader(path)))
  const inPlace = yield* Effect.try({ try: () => watchPlace(path), catch: (cause) => openFault(cause, path) })
  const writer = new Writer(db, path, inPlace, patience)
  const loop = yield* Effect.forkScoped(writer.run)
  yield* Effect.addFinalizer(() => Effect.andThen(Fiber.interrupt(loop), writer.close))
  return Context.make(
    Store,
    Store.of({
      write: (command, durability = "normal") => writer.submit(command, durability),
      read: reads(reader, path),
      path
    })
  ).pipe(Context.add(SqliteWriter, writer))
})

/**
 * The store in the file at `path`, created with its schema where there is none (mode 0600). Closing the scope commits
 * what is queued. Fails where the file cannot be opened, is damaged, or was written by a newer version.
 */
export const layer = (
  path: string,
  options?: {
    /** How long a lock that another process holds is waited for; 5 seconds unless told. */
    readonly patience?: Duration.Input
  }
): Layer.Layer<Store | SqliteWriter, StoreError> => Layer.effectContext(make(path, options?.patience))

/** A store that is gone with its scope. */
export const layerMemory: Layer.Layer<Store | SqliteWriter, StoreError> = Layer.effectContext(make(":memory:"))
