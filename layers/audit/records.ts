/** The log's entries as lines of JSON, as they stand in the chain. */
import * as Effect from "effect/Effect"
import { openReads } from "../store/SqliteStore.ts"
import type { StoreError } from "../store/Store.ts"

const pageSize = 1_000

/**
 * Gives `write` page after page of entries behind `after`, one JSON object per text: `seq`, `at`, `hash`, and `event`
 * as the hash covers it. The file at `path` is only read. Succeeds with how many entries there were.
 */
export const readRecords = Effect.fn("Audit.export")(function* <E>(
  path: string,
  query: { readonly after: number; readonly kind: string | undefined },
  write: (lines: ReadonlyArray<string>) => Effect.Effect<void, E>
): Effect.fn.Return<number, E | StoreError> {
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const read = yield* openReads(path)
      const only = query.kind === undefined ? "" : "AND kind = ?"
      let { after } = query
      let entries = 0
      while (true) {
        const page = yield* read((db) =>
          db.all(
            `SELECT seq, at, event, hash FROM audit WHERE seq > ? ${only} ORDER BY seq LIMIT ?`,
            ...(query.kind === undefined ? [after, pageSize] : [after, query.kind, pageSize])
          )
        )
        if (page.length === 0) return entries
        // the text of an event is JSON already
        yield* write(
          page.map(
            ({ at, event, hash, seq }) =>
              `{"seq":${Number(seq)},"at":${Number(at)},"event":${String(event)},"hash":${JSON.stringify(hash)}}`
          )
        )
        after = Number(page.at(-1)?.seq ?? after)
        entries += page.length
      }
    })
  )
})
