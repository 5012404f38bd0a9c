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
    /** Fails where nothing can be journalled now: locked, damaged, or moved away while it was in use. */
    readonly probe: Effect.Effect<void, StoreError>
  }
>()("exoclaw/gateway/StateReport") {}

export const layer = (stateDir: string): Layer.Layer<StateReport, never, Store> =>
  Layer.effect(
    StateReport,
    Effect.map(Store, (store) => ({
      probe: store.write(() => undefined),
      describe: store.read((db) => {
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
    }))
  )
