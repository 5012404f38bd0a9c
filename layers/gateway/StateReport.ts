/** Where the state lies, and how much of it there is. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Store, type StoreError } from "../store/Store.ts"

export class StateReport extends Context.Service<
  StateReport,
  {
    readonly describe: Effect.Effect<
      {
        readonly stateDir: string
        readonly database: { readonly path: string; readonly bytes: number; readonly schema: number }
        /** Rows by table. */
        readonly counts: Readonly<Record<string, number>>
      },
      StoreError
    >
    /**
     * Fails where nothing can be journalled now: locked, damaged, full, or moved away while it was in use. It writes,
     * at most once a second however often it is asked.
     */
    readonly probe: Effect.Effect<void, StoreError>
  }
>()("exoclaw/gateway/StateReport") {}

/** One page of the database, with what it holds already: a transaction without a write would not notice a full disk. */
const tinyWrite = "PRAGMA user_version = 0"
const probeEvery = "1 second"

export const layer = (stateDir: string): Layer.Layer<StateReport, never, Store> =>
  Layer.effect(
    StateReport,
    Effect.gen(function* () {
      const store = yield* Store
      const probe = yield* Effect.cachedWithTTL(Effect.asVoid(store.write((db) => db.run(tinyWrite))), probeEvery)
      const describe = store.read((db) => {
        const number = (sql: string) => Number(Object.values(db.get(sql) ?? {})[0] ?? 0)
        const tables = db.all(
          "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        )
        return {
          stateDir,
          database: {
            path: store.path,
            bytes: number("PRAGMA page_count") * number("PRAGMA page_size"),
            schema: number("SELECT max(id) FROM migrations")
          },
          counts: Object.fromEntries(
            // names come from the schema itself
            tables.map(({ name }) => [String(name), number(`SELECT count(*) FROM "${String(name)}"`)])
          )
        }
      })
      return { describe, probe }
    })
  )
