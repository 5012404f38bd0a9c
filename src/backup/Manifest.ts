/** What a backup says about itself: enough to tell whether it is whole, and whether this version can take it. */
import * as Schema from "effect/Schema"

const text = Schema.String
const count = Schema.Int

/** The file's name within a backup. */
export const manifestName = "manifest.json"

export const Manifest = Schema.Struct({
  format: Schema.Literal("exoclaw-backup"),
  /** Of this form; a reader refuses one it does not know. */
  version: count,
  /** The exoclaw that made it. */
  exoclaw: text,
  /** Unix milliseconds. */
  createdAt: count,
  /** Number of the last migration of the database. */
  schema: count,
  /** Every other file of the backup. */
  files: Schema.Array(Schema.Struct({ path: text, bytes: count, sha256: text })),
  /** Rows by table. */
  counts: Schema.Record(text, count),
  /** The audit log at that moment; `keys` have signed its checkpoints. */
  audit: Schema.Struct({
    entries: count,
    first: count,
    head: text,
    keys: Schema.Array(text),
    broken: Schema.NullOr(Schema.Struct({ seq: count, why: text }))
  }),
  /** Where the configuration file was; null where there was none. */
  configFile: Schema.NullOr(text)
})
export type Manifest = typeof Manifest.Type

/** The form that this version writes. */
export const manifestVersion = 1

/** A manifest's file, as JSON. */
export const ManifestJson = Schema.fromJsonString(Manifest)

/** Read before anything else of it: a later form may differ in everything but this. */
export const ManifestHeading = Schema.fromJsonString(
  Schema.Struct({ format: Schema.Literal("exoclaw-backup"), version: count, exoclaw: text })
)

const single: ReadonlyArray<string> = ["exoclaw.db", "secrets.db", "operator.token", "soul.md", "config.toml"]

/** Whether a backup may hold a file of this name; no other is ever written to a disk. */
export const isStateFile = (path: string): boolean =>
  single.includes(path) || /^credentials\/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}$/.test(path)
