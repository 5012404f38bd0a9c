/** Files of a backup: read, hashed and written as their owner's alone. */
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import * as fs from "node:fs/promises"
import { dirname, join } from "node:path"
import { BackupError, type BackupReason, FileFailed } from "../../src/backup/BackupError.ts"
import type { Manifest } from "../../src/backup/Manifest.ts"
import * as errorCode from "../platform/ErrorCode.ts"
import { makeFolder } from "../platform/PrivateFile.ts"

export type FileEntry = Manifest["files"][number]

/** Called now and then: what is being done, and which part of it is. */
export type Progress = (what: "copying" | "checking" | "packing" | "unpacking", part: number) => void

export const failed = (reason: BackupReason): BackupError => new BackupError({ reason })

export const codeOf = (cause: unknown): string => errorCode.codeOf(cause) ?? String(cause)

/** What the file system refused. */
export const fault =
  (what: string) =>
  (cause: unknown): BackupError =>
    cause instanceof BackupError ? cause : failed(new FileFailed({ what, code: codeOf(cause) }))

export const attempt = <A>(what: string, work: () => Promise<A>): Effect.Effect<A, BackupError> =>
  Effect.tryPromise({ try: work, catch: fault(what) })

/** Makes the file durable. */
const sync = async (file: fs.FileHandle): Promise<void> => {
  await file.sync()
  await file.close()
}

/** Writes a new file (mode 0600) piece by piece and gives its size and hash. */
export const writeNew = async (path: string, pieces: AsyncIterable<Uint8Array>): Promise<Omit<FileEntry, "path">> => {
  makeFolder(dirname(path))
  const file = await fs.open(path, "wx", 0o600)
  const hash = createHash("sha256")
  let bytes = 0
  try {
    for await (const piece of pieces) {
      hash.update(piece)
      bytes += piece.length
      await file.writeFile(piece)
    }
  } finally {
    await sync(file)
  }
  return { bytes, sha256: hash.digest("hex") }
}

/** Copies a file; undefined where there is none. */
export const copyIfThere = async (from: string, to: string): Promise<Omit<FileEntry, "path"> | undefined> => {
  const there = await fs.stat(from).catch((cause: unknown) => {
    if (codeOf(cause) === "ENOENT") return undefined
    throw cause
  })
  return there?.isFile() === true ? writeNew(to, createReadStream(from)) : undefined
}

/** Size and hash of a file as it is on the disk. */
export const readBack = async (path: string): Promise<Omit<FileEntry, "path">> => {
  const hash = createHash("sha256")
  let bytes = 0
  for await (const piece of createReadStream(path) as AsyncIterable<Uint8Array>) {
    hash.update(piece)
    bytes += piece.length
  }
  return { bytes, sha256: hash.digest("hex") }
}

/** Makes a folder's names durable. */
export const syncFolder = async (path: string): Promise<void> => {
  const folder = await fs.open(path, "r")
  await folder.sync().finally(() => folder.close())
}

/** The names in a folder; none where there is no folder. */
export const namesIn = (folder: string): Promise<ReadonlyArray<string>> =>
  fs.readdir(folder).catch((cause: unknown) => {
    if (codeOf(cause) === "ENOENT") return []
    throw cause
  })

/** A new private folder `PREFIX…` that is gone with the scope, unless it was renamed. */
export const draftFolder = (prefix: string) =>
  Effect.acquireRelease(
    attempt(`making a folder in ${dirname(prefix)}`, async () => {
      makeFolder(dirname(prefix))
      return fs.mkdtemp(prefix)
    }),
    (folder) => Effect.promise(() => fs.rm(folder, { recursive: true, force: true }))
  )

/** The state's files beside the database, by their name in a backup. */
export const smallFiles = async (
  stateDir: string,
  configFile: string | undefined
): Promise<ReadonlyArray<readonly [name: string, path: string]>> => {
  const credentials = await namesIn(join(stateDir, "credentials"))
  return [
    ...["secrets.db", "operator.token", "soul.md"].map((name) => [name, join(stateDir, name)] as const),
    ...credentials.map((name) => [`credentials/${name}`, join(stateDir, "credentials", name)] as const),
    ...(configFile === undefined ? [] : [["config.toml", configFile] as const])
  ]
}
