/** Whether a folder is the backup that its manifest describes. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { BackupError, Damaged, NewerBackup, NotABackup } from "../../src/backup/BackupError.ts"
import {
  isStateFile,
  type Manifest,
  ManifestHeading,
  ManifestJson,
  manifestName,
  manifestVersion
} from "../../src/backup/Manifest.ts"
import { signersOf, verifyFile } from "../audit/verifyFile.ts"
import { currentSchema, inspectDatabase } from "../store/Copy.ts"
import type { StoreError } from "../store/Store.ts"
import { attempt, failed, type FileEntry, readBack } from "./Files.ts"

/** The manifest in a text, if this version understands it. `path` is for messages. */
export const parseManifest = Effect.fnUntraced(function* (
  text: string,
  path: string
): Effect.fn.Return<Manifest, BackupError> {
  const none = () => failed(new NotABackup({ path, why: `its ${manifestName} is not one` }))
  const heading = yield* Effect.mapError(Schema.decodeEffect(ManifestHeading)(text), none)
  if (heading.version > manifestVersion) return yield* failed(new NewerBackup({ exoclaw: heading.exoclaw }))
  const manifest = yield* Effect.mapError(Schema.decodeEffect(ManifestJson)(text), none)
  if (manifest.schema > currentSchema) return yield* failed(new NewerBackup({ exoclaw: manifest.exoclaw }))
  const names = new Set(manifest.files.map((file) => file.path))
  const odd = manifest.files.find((file) => !isStateFile(file.path))
  if (odd !== undefined) return yield* failed(new NotABackup({ path, why: `${odd.path} is no file of the state` }))
  if (names.size !== manifest.files.length || !names.has("exoclaw.db")) return yield* none()
  return manifest
})

/** The first file that is not as the manifest says. */
export const compare = (
  manifest: Manifest,
  found: ReadonlyMap<string, Omit<FileEntry, "path">>
): Effect.Effect<void, BackupError> => {
  for (const { bytes, path, sha256 } of manifest.files) {
    const file = found.get(path)
    if (file === undefined) return Effect.fail(failed(new Damaged({ file: path, why: "is missing" })))
    if (file.bytes !== bytes) {
      const why = `has ${file.bytes} bytes instead of ${bytes}`
      return Effect.fail(failed(new Damaged({ file: path, why })))
    }
    if (file.sha256 !== sha256) return Effect.fail(failed(new Damaged({ file: path, why: "was changed" })))
  }
  const listed = new Set(manifest.files.map(({ path }) => path))
  const extra = [...found.keys()].find((path) => !listed.has(path))
  return extra === undefined
    ? Effect.void
    : Effect.fail(failed(new Damaged({ file: extra, why: "is not in its manifest" })))
}

const same = (left: Readonly<Record<string, number>>, right: Readonly<Record<string, number>>): string | undefined =>
  [...new Set([...Object.keys(left), ...Object.keys(right)])].find((table) => left[table] !== right[table])

/** Opens the copied database: it has to be whole, and to hold what was counted when it was copied. */
export const checkDatabase = Effect.fnUntraced(function* (
  folder: string,
  expected: Pick<Manifest, "schema" | "counts" | "exoclaw">
): Effect.fn.Return<Manifest["audit"], BackupError | StoreError> {
  const path = join(folder, "exoclaw.db")
  const damaged = (why: string) => failed(new Damaged({ file: "exoclaw.db", why }))
  const contents = yield* inspectDatabase(path).pipe(
    Effect.mapError((error) => {
      if (error.kind === "newer_schema") return failed(new NewerBackup({ exoclaw: expected.exoclaw }))
      return error.kind === "corrupt" ? damaged("is not a whole database") : error
    })
  )
  const table = same(contents.counts, expected.counts)
  if (table !== undefined || contents.schema !== expected.schema) {
    return yield* damaged(`does not hold what was counted in ${table ?? "it"}`)
  }
  const { broken, entries, first, head } = yield* verifyFile(path)
  return { entries, first, head, keys: yield* signersOf(path), broken: broken ?? null }
})

/** Reads every file of the folder back from the disk and opens the database. */
export const checkFolder = Effect.fn("Backup.check")(function* (
  folder: string,
  manifest: Manifest
): Effect.fn.Return<void, BackupError | StoreError> {
  const found = new Map<string, Omit<FileEntry, "path">>()
  for (const { path } of manifest.files) {
    const file = join(folder, path)
    if (existsSync(file)) found.set(path, yield* attempt(`reading ${path}`, () => readBack(file)))
  }
  yield* compare(manifest, found)
  const audit = yield* checkDatabase(folder, manifest)
  if (audit.head !== manifest.audit.head || audit.entries !== manifest.audit.entries) {
    return yield* failed(new Damaged({ file: "exoclaw.db", why: "has another audit log than the one that was noted" }))
  }
})
