/** What tools cost, from the embedded database. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { JournalUnavailable } from "../../src/session/SessionError.ts"
import { mergedToolUsage, ToolUsage } from "../../src/session/ToolUsage.ts"
import { inPages } from "../store/Pages.ts"
import { Store } from "../store/Store.ts"
import * as toolUsageRows from "./toolUsageRows.ts"

export const layer: Layer.Layer<ToolUsage, never, Store> = Layer.effect(
  ToolUsage,
  Effect.map(Store, (store) =>
    ToolUsage.of({
      query: (query) =>
        inPages(store.read, {
          from: query.from,
          to: query.to,
          reach: toolUsageRows.reach,
          look: (db, from, to) => toolUsageRows.query(db, { ...query, from, to })
        }).pipe(
          Effect.map((pages) => mergedToolUsage(pages.flat())),
          Effect.mapError((cause) => new JournalUnavailable({ cause }))
        )
    })
  )
)
