/** A backup as one .tar, the manifest first, so that a reader knows what it gets. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Tar from "effect/encoding/Tar"
import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { type BackupError, NotABackup } from "../../src/backup/BackupError.ts"
import { isStateFile, type Manifest, manifestName } from "../../src/backup/Manifest.ts"
import { compare, parseManifest } from "./Check.ts"
import { attempt, failed, fault, type FileEntry, writeNew } from "./Files.ts"

/** Larger than any manifest; a .tar that begins with more is none of ours. */
const manifestLimit = 1_048_576

const read = (path: string): Stream.Stream<Uint8Array, BackupError> =>
  Stream.fromAsyncIterable(createReadStream(path) as AsyncIterable<Uint8Array>, fault(`reading ${path}`))

/** Writes the folder's files into the new file at `target` (mode 0600). */
export const pack = Effect.fn("Backup.pack")(function* (folder: string, manifest: Manifest, target: string) {
  const mtime = new Date(manifest.createdAt)
  const { size } = yield* attempt("reading the manifest", () => fs.stat(join(folder, manifestName)))
  const files = [{ path: manifestName, bytes: size }, ...manifest.files]
  const bytes = Stream.fromIterable(
    files.map(({ bytes, path }) => Tar.fileStream(path, bytes, read(join(folder, path)), { mode: 0o600, mtime }))
  ).pipe(
    Stream.pipeThroughChannel(Tar.encode<never, unknown, Tar.Entry<BackupError>>()),
    Stream.mapError(fault(`packing ${target}`))
  )
  yield* attempt(`writing ${target}`, () => writeNew(target, Stream.toAsyncIterable(bytes)))
})

type Take = (path: string, pieces: AsyncIterable<Uint8Array>) => Promise<Omit<FileEntry, "path">>

/** Goes through a .tar; each of its files is given to `take`, in the order of the archive. */
const through = Effect.fnUntraced(function* (source: string, take: Take) {
  const none = (why: string) => failed(new NotABackup({ path: source, why }))
  const broken = (cause: unknown) =>
    Tar.isTarError(cause) ? none(`it is not a whole .tar (${cause.kind})`) : fault(`reading ${source}`)(cause)
  let manifest: Manifest | undefined
  const found = new Map<string, Omit<FileEntry, "path">>()
  const handle = Effect.fnUntraced(function* ({ body, header }: Tar.Entry<Tar.TarError | BackupError>) {
    const { path, size, type } = header
    if (manifest === undefined) {
      if (path !== manifestName || type !== "File" || size > manifestLimit) {
        return yield* none(`it does not begin with ${manifestName}`)
      }
      manifest = yield* parseManifest(yield* body.pipe(Stream.decodeText(), Stream.mkString), source)
      return
    }
    // Nothing is written that is not a plain file of a known name: no links, no paths that lead elsewhere.
    if (type !== "File" || !isStateFile(path) || found.has(path)) {
      return yield* none(`${JSON.stringify(path)} has no place in it`)
    }
    const pieces = Stream.toAsyncIterable(Stream.mapError(body, broken))
    found.set(path, yield* attempt(`writing ${path}`, () => take(path, pieces)))
  })
  yield* read(source).pipe(
    Stream.pipeThroughChannel(Tar.decode<BackupError>()),
    Stream.mapError(broken),
    Stream.runForEach((entry) => Effect.mapError(handle(entry), broken))
  )
  if (manifest === undefined) return yield* none("it is empty")
  yield* compare(manifest, found)
  return manifest
})

/** Unpacks into the folder; nothing of it is good before this has succeeded. */
export const unpack = (source: string, folder: string) =>
  through(source, (path, pieces) => writeNew(join(folder, path), pieces))

/** Reads a .tar to its end, without writing anything: it has to hold what its manifest says. */
export const checkArchive = (source: string) =>
  through(source, async (_path, pieces) => {
    const hash = createHash("sha256")
    let bytes = 0
    for await (const piece of pieces) {
      hash.update(piece)
      bytes += piece.length
    }
    return { bytes, sha256: hash.digest("hex") }
  })
