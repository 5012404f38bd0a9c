/** What tools cost, from the embedded database. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { JournalUnavailable } from "../../src/session/SessionError.ts"
import { ToolUsage } from "../../src/session/ToolUsage.ts"
import { Store } from "../store/Store.ts"
import * as toolUsageRows from "./toolUsageRows.ts"

export const layer: Layer.Layer<ToolUsage, never, Store> = Layer.effect(
  ToolUsage,
  Effect.map(Store, (store) =>
    ToolUsage.of({
      query: (query) =>
        store
          .read((db) => toolUsageRows.query(db, query))
          .pipe(Effect.mapError((cause) => new JournalUnavailable({ cause })))
    })
  )
)
