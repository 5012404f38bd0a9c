/** Copies all state, while a gateway uses it or not; what is written is good, or is not there. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { existsSync } from "node:fs"
import * as fs from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { type BackupError, NoFolder, NoState, TargetTaken } from "../../src/backup/BackupError.ts"
import { type Manifest, ManifestJson, manifestName, manifestVersion } from "../../src/backup/Manifest.ts"
import { version } from "../platform/Package.ts"
import { copyDatabase } from "../store/Copy.ts"
import type { StoreError } from "../store/Store.ts"
import { checkArchive, pack } from "./Archive.ts"
import { checkDatabase, checkFolder } from "./Check.ts"
import {
  attempt,
  copyIfThere,
  draftFolder,
  failed,
  type FileEntry,
  type Progress,
  readBack,
  smallFiles,
  syncFolder,
  writeNew
} from "./Files.ts"

export interface BackupOptions {
  readonly stateDir: string
  /** The configuration file, wherever it is. */
  readonly configFile: string | undefined
  /** A new folder; one file where it ends in `.tar`. */
  readonly target: string
  readonly progress?: Progress
}

const copyFiles = Effect.fnUntraced(function* (options: BackupOptions, folder: string) {
  const files: Array<FileEntry> = []
  const small = yield* attempt(`reading ${options.stateDir}`, () => smallFiles(options.stateDir, options.configFile))
  for (const [path, from] of small) {
    const copied = yield* attempt(`copying ${from}`, () => copyIfThere(from, join(folder, path)))
    if (copied !== undefined) files.push({ path, ...copied })
  }
  return files
})

/** Puts everything into an empty folder, with its manifest, and reads it back. */
const fill = Effect.fnUntraced(function* (options: BackupOptions, folder: string) {
  const progress = options.progress ?? (() => undefined)
  const database = join(folder, "exoclaw.db")
  const createdAt = yield* Clock.currentTimeMillis
  const contents = yield* copyDatabase(join(options.stateDir, "exoclaw.db"), database, (part) =>
    progress("copying", part)
  )
  const small = yield* copyFiles(options, folder)
  progress("checking", 0)
  const audit = yield* checkDatabase(folder, { ...contents, exoclaw: version })
  progress("checking", 0.5)
  const copied = yield* attempt(`reading ${database}`, () => readBack(database))
  const manifest: Manifest = {
    format: "exoclaw-backup",
    version: manifestVersion,
    exoclaw: version,
    createdAt,
    ...contents,
    files: [{ path: "exoclaw.db", ...copied }, ...small],
    audit,
    configFile: options.configFile ?? null
  }
  const text = yield* Effect.orDie(Schema.encodeEffect(ManifestJson)(manifest))
  yield* attempt("writing the manifest", async () => {
    await writeNew(
      join(folder, manifestName),
      (async function* () {
        yield Buffer.from(text)
      })()
    )
    await syncFolder(folder)
  })
  yield* checkFolder(folder, manifest)
  progress("checking", 1)
  return manifest
})

/** Gives the finished thing its name, which is still free. */
const publish = (draft: string, target: string): Effect.Effect<void, BackupError> =>
  Effect.andThen(
    existsSync(target) ? Effect.fail(failed(new TargetTaken({ path: target }))) : Effect.void,
    attempt(`writing ${target}`, async () => {
      await fs.rename(draft, target)
      await syncFolder(dirname(target))
    })
  )

/** Makes the backup and gives its manifest. A broken audit log is copied as it is, and noted in the manifest. */
export const backup = Effect.fn("Backup.make")(function* (
  options: BackupOptions
): Effect.fn.Return<Manifest, BackupError | StoreError> {
  const { stateDir, target } = options
  if (existsSync(target)) return yield* failed(new TargetTaken({ path: target }))
  if (!existsSync(join(stateDir, "exoclaw.db"))) return yield* failed(new NoState({ path: stateDir }))
  if (!existsSync(dirname(target))) return yield* failed(new NoFolder({ path: dirname(target) }))
  const work = Effect.gen(function* () {
    const folder = yield* draftFolder(join(dirname(target), `.${basename(target)}-`))
    const content = join(folder, "content")
    yield* attempt(`writing ${folder}`, () => fs.mkdir(content, { mode: 0o700 }))
    const manifest = yield* fill(options, content)
    if (!target.endsWith(".tar")) {
      yield* publish(content, target)
      return manifest
    }
    const archive = join(folder, "backup.tar")
    options.progress?.("packing", 0)
    yield* pack(content, manifest, archive)
    options.progress?.("packing", 0.5)
    yield* checkArchive(archive)
    options.progress?.("packing", 1)
    yield* publish(archive, target)
    return manifest
  })
  return yield* Effect.scoped(work)
})
