/** What the store remembers of plugins: the grants each file was given, and how each file described itself. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { PluginName } from "../../src/domain/Ids.ts"
import type { Store, StoreError } from "../store/Store.ts"

export interface GrantRecord {
  readonly sha256: string
  readonly grants: ReadonlyArray<string>
}

/** The grants given last, and to which file. */
export const lastGrants = (
  store: Store["Service"],
  plugin: PluginName
): Effect.Effect<GrantRecord | undefined, StoreError> =>
  store.read((db) => {
    const row = db.get("SELECT sha256, grants FROM plugin_grants WHERE plugin = ? ORDER BY seq DESC LIMIT 1", plugin)
    return row === undefined
      ? undefined
      : {
          sha256: String(row["sha256"]),
          grants: String(row["grants"])
            .split("\n")
            .filter((grant) => grant !== "")
        }
  })

/** True where the grants given last are these, to the same file. */
export const isRecorded = (
  store: Store["Service"],
  plugin: PluginName,
  record: GrantRecord
): Effect.Effect<boolean, StoreError> =>
  Effect.map(
    lastGrants(store, plugin),
    (last) => last?.sha256 === record.sha256 && last.grants.join("\n") === record.grants.join("\n")
  )

/** Remembers that `plugin` runs with these grants. */
export const recordGrants = (
  store: Store["Service"],
  plugin: PluginName,
  record: GrantRecord
): Effect.Effect<void, StoreError> =>
  Effect.flatMap(Clock.currentTimeMillis, (at) =>
    Effect.asVoid(
      store.write(
        (db) =>
          db.run(
            "INSERT INTO plugin_grants (plugin, sha256, grants, at) VALUES (?, ?, ?, ?)",
            plugin,
            record.sha256,
            record.grants.join("\n"),
            at
          ),
        "full"
      )
    )
  )

/** What the file of that hash said when it last described itself; the same bytes always say the same. */
export const description = (store: Store["Service"], sha256: string): Effect.Effect<string | undefined, StoreError> =>
  store.read((db) => {
    const output = db.get("SELECT output FROM plugin_description WHERE sha256 = ?", sha256)?.["output"]
    return output === undefined ? undefined : String(output)
  })

export const recordDescription = (
  store: Store["Service"],
  sha256: string,
  output: string
): Effect.Effect<void, StoreError> =>
  Effect.asVoid(
    store.write((db) =>
      db.run("INSERT OR REPLACE INTO plugin_description (sha256, output) VALUES (?, ?)", sha256, output)
    )
  )
