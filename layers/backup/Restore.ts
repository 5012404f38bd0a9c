/** Puts a backup into a state folder. Everything is read and checked before anything of the old state is touched. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { existsSync } from "node:fs"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { Audit, type AuditKeyUnusable, type AuditUnavailable } from "../../src/audit/Audit.ts"
import { type BackupError, InUse, NoBackup, NotABackup, NotEmpty } from "../../src/backup/BackupError.ts"
import { type Manifest, manifestName } from "../../src/backup/Manifest.ts"
import { LedgerStore } from "../../src/budget/LedgerStore.ts"
import { defaultTenant } from "../../src/domain/Ids.ts"
import { trust } from "../audit/AuditKey.ts"
import { forgetNote } from "../audit/CheckpointNote.ts"
import * as SqliteAudit from "../audit/SqliteAudit.ts"
import * as SqliteLedgerStore from "../budget/SqliteLedgerStore.ts"
import { haveAlone } from "../store/Copy.ts"
import * as SqliteStore from "../store/SqliteStore.ts"
import { Store, type StoreError } from "../store/Store.ts"
import { unpack } from "./Archive.ts"
import { checkFolder, parseManifest } from "./Check.ts"
import { attempt, codeOf, copyIfThere, draftFolder, failed, namesIn, type Progress, syncFolder } from "./Files.ts"

export interface RestoreOptions {
  /** A folder or a `.tar` that `backup` made. */
  readonly source: string
  readonly stateDir: string
  /** Moves what is in the state folder aside, into a folder in it. */
  readonly force: boolean
  /** The installation's key: those that signed the backup's audit log are trusted beside it from now on. */
  readonly keyFile: string
  readonly progress?: Progress
}

export interface Restored {
  readonly manifest: Manifest
  /** Where the old state is; undefined where there was none. */
  readonly aside: string | undefined
}

type Failure = AuditKeyUnusable | AuditUnavailable | BackupError | StoreError

/** What is there to restore from. */
const look = (source: string) =>
  attempt(`reading ${source}`, () =>
    fs.stat(source).catch((cause: unknown) => {
      if (codeOf(cause) === "ENOENT") throw failed(new NoBackup({ path: source }))
      throw cause
    })
  )

/** Copies the backup into the folder and holds every byte against its manifest. */
const fetch = Effect.fnUntraced(function* (source: string, isFolder: boolean, folder: string) {
  if (!isFolder) {
    const manifest = yield* unpack(source, folder)
    yield* checkFolder(folder, manifest)
    return manifest
  }
  const text = yield* attempt(`reading ${source}`, () =>
    fs.readFile(join(source, manifestName), "utf8").catch((cause: unknown) => {
      if (codeOf(cause) === "ENOENT") {
        throw failed(new NotABackup({ path: source, why: `it has no ${manifestName}` }))
      }
      throw cause
    })
  )
  const manifest = yield* parseManifest(text, source)
  for (const { path } of manifest.files) {
    yield* attempt(`copying ${path}`, () => copyIfThere(join(source, path), join(folder, path)))
  }
  yield* checkFolder(folder, manifest)
  return manifest
})

/**
 * The restored log goes on with an entry that says so. Whoever had calls and sessions under way when it was copied may run
 * still, on the state that it was copied from: here it never ends them, so its calls are settled and its sessions are free.
 */
const begin = (folder: string, { createdAt, exoclaw, schema }: Manifest) => {
  const data = { createdAt, exoclaw, schema }
  const event = { kind: "state.restored", tenant: defaultTenant, principal: "local", outcome: "ok", data } as const
  const work = Effect.gen(function* () {
    yield* (yield* Audit).append(event)
    yield* (yield* Store).write((db) => db.run("DELETE FROM instances"), "full")
    const settled = (yield* LedgerStore).recover(() => false, yield* Clock.currentTimeMillis)
    yield* Effect.catchTag(settled, "LedgerUnavailable", (error) =>
      Effect.logWarning("what was held when it was copied stays held until its gateway ends", error.cause)
    )
  })
  const rooms = Layer.merge(SqliteAudit.layer, SqliteLedgerStore.layer(SqliteAudit.appendEntry))
  return Effect.provide(work, Layer.provideMerge(rooms, SqliteStore.layer(join(folder, "exoclaw.db"))))
}

/** Moves what is there into a folder beside it, on the same disk, wherever that is mounted. */
const moveAside = Effect.fnUntraced(function* (stateDir: string, names: ReadonlyArray<string>) {
  const now = new Date(yield* Clock.currentTimeMillis).toISOString().replaceAll(/[-:]|\.\d+/g, "")
  const aside = join(stateDir, `replaced-${now}`)
  yield* attempt(`moving the old state to ${aside}`, async () => {
    await fs.mkdir(aside, { mode: 0o700 })
    for (const name of names) await fs.rename(join(stateDir, name), join(aside, name))
    await syncFolder(stateDir)
  })
  return aside
})

/** The database last: without it there is no state. */
const moveIn = (folder: string, stateDir: string): Effect.Effect<void, BackupError> =>
  attempt(`writing ${stateDir}`, async () => {
    const names = (await fs.readdir(folder)).filter((name) => name !== manifestName && name !== "exoclaw.db")
    for (const name of [...names, "exoclaw.db"]) await fs.rename(join(folder, name), join(stateDir, name))
    await syncFolder(stateDir)
  })

const alone = (database: string) =>
  Effect.mapError(haveAlone(database), (error) =>
    error.kind === "locked" ? failed(new InUse({ path: database })) : error
  )

/** Restores; nothing has changed where it fails, unless the message says that moving or writing failed. */
export const restore = Effect.fn("Backup.restore")(function* (
  options: RestoreOptions
): Effect.fn.Return<Restored, Failure> {
  const { force, keyFile, progress, source, stateDir } = options
  const database = join(stateDir, "exoclaw.db")
  const work = Effect.gen(function* () {
    const kind = yield* look(source)
    if (existsSync(database)) yield* alone(database)
    const found = yield* attempt(`reading ${stateDir}`, () => namesIn(stateDir))
    // drafts of restores that were killed
    const dead = found.filter((name) => name.startsWith(".restore-"))
    const names = found.filter((name) => !dead.includes(name))
    if (names.length > 0 && !force) return yield* failed(new NotEmpty({ path: stateDir }))
    progress?.("unpacking", 0)
    const folder = yield* draftFolder(join(stateDir, ".restore-"))
    const manifest = yield* fetch(source, kind.isDirectory(), folder)
    progress?.("unpacking", 1)
    yield* begin(folder, manifest)
    const old = names.filter((name) => !name.startsWith("replaced-"))
    return yield* Effect.uninterruptible(
      Effect.gen(function* () {
        const aside = old.length === 0 ? undefined : yield* moveAside(stateDir, old)
        yield* moveIn(folder, stateDir)
        yield* attempt(`removing ${dead.join(", ")}`, () =>
          Promise.all(dead.map((name) => fs.rm(join(stateDir, name), { recursive: true, force: true })))
        )
        // the operator has put another log in place, and says so by this
        yield* forgetNote(keyFile, database)
        yield* trust(keyFile, manifest.audit.keys)
        return { manifest, aside }
      })
    )
  })
  return yield* Effect.scoped(work)
})
