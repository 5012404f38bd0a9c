/** What the store remembers of plugins: what each file was given and by whom it was agreed to, and how it described itself. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { PluginName, PrincipalId, TenantId } from "../../src/domain/Ids.ts"
import type { Provenance } from "../../src/sandbox/Trust.ts"
import type { Database, Store, StoreError } from "../store/Store.ts"

const lines = (text: unknown): ReadonlyArray<string> =>
  String(text)
    .split("\n")
    .filter((line) => line !== "")

/** What a plugin was given last; `seq` tells it apart from whatever it is given later. */
export interface Given extends Provenance {
  readonly seq: number
}

const lastOf = (db: Database, plugin: PluginName): Given | undefined => {
  const row = db.get(
    "SELECT seq, sha256, grants, imports, publisher FROM plugin_grants WHERE plugin = ? ORDER BY seq DESC LIMIT 1",
    plugin
  )
  return row === undefined
    ? undefined
    : {
        seq: Number(row["seq"]),
        sha256: String(row["sha256"]),
        grants: lines(row["grants"]),
        imports: row["imports"] === null ? undefined : lines(row["imports"]),
        publisher: row["publisher"] === null ? undefined : String(row["publisher"])
      }
}

/** What the plugin was given last, and which file that was. */
export const lastGrants = (store: Store["Service"], plugin: PluginName): Effect.Effect<Given | undefined, StoreError> =>
  store.read((db) => lastOf(db, plugin))

/** True where what was given last is this, to the same file. */
export const isGiven = (last: Given | undefined, now: Provenance): boolean =>
  last?.sha256 === now.sha256 &&
  last.publisher === now.publisher &&
  last.imports !== undefined &&
  last.grants.join("\n") === now.grants.join("\n")

/**
 * Remembers what `plugin` runs with. False, and nothing is written, where it was given something else after `last` was
 * read: another gateway on this store may have, and then what was decided by `last` is out of date.
 */
export const recordGrants = (
  store: Store["Service"],
  plugin: PluginName,
  now: Provenance,
  last: Given | undefined
): Effect.Effect<boolean, StoreError> =>
  Effect.flatMap(Clock.currentTimeMillis, (at) =>
    store.write((db) => {
      const newest = lastOf(db, plugin)
      if (isGiven(newest, now)) return true
      if (newest?.seq !== last?.seq) return false
      db.run(
        "INSERT INTO plugin_grants (plugin, sha256, grants, at, imports, publisher) VALUES (?, ?, ?, ?, ?, ?)",
        plugin,
        now.sha256,
        now.grants.join("\n"),
        at,
        (now.imports ?? []).join("\n"),
        now.publisher ?? null
      )
      // what was agreed to was the way from what it had until now; the same file another time is another change
      db.run("DELETE FROM plugin_consent WHERE plugin = ?", plugin)
      return true
    }, "full")
  )

/** True where an operator agreed to the file of that hash, and nothing was given to the plugin since. */
export const isConsented = (
  store: Store["Service"],
  plugin: PluginName,
  sha256: string
): Effect.Effect<boolean, StoreError> =>
  store.read(
    (db) => db.get("SELECT 1 FROM plugin_consent WHERE plugin = ? AND sha256 = ?", plugin, sha256) !== undefined
  )

/** Remembers who agreed to the file of that hash; nothing where it is the one that the plugin has. */
export const recordConsent = (
  store: Store["Service"],
  plugin: PluginName,
  sha256: string,
  by: { readonly id: PrincipalId; readonly tenant: TenantId }
): Effect.Effect<void, StoreError> =>
  Effect.flatMap(Clock.currentTimeMillis, (at) =>
    Effect.asVoid(
      store.write(
        (db) =>
          lastOf(db, plugin)?.sha256 === sha256
            ? 0
            : db.run(
                "INSERT OR REPLACE INTO plugin_consent (plugin, sha256, tenant, principal, at) VALUES (?, ?, ?, ?, ?)",
                plugin,
                sha256,
                by.tenant,
                by.id,
                at
              ),
        "full"
      )
    )
  )

/** What was said under that hash, of a file and its configuration, when it last described itself. */
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
