/** Files as texts: read piece by piece, in whatever way they are written. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type FileHandle, open, readdir, stat } from "node:fs/promises"
import { join } from "node:path"
import { codeOf } from "../../platform/ErrorCode.ts"

/** One piece at a time is in memory. */
const PIECE = 65_536
/** Folders that a search leaves out, unless they are named themselves: what others wrote, and what git keeps. */
export const skipped: ReadonlyArray<string> = [".git", "node_modules"]

/** Why a file is not read; the path is not part of it. */
export interface Unread {
  readonly path: string
  readonly why: string
}

const words: Readonly<Record<string, string>> = {
  ENOENT: "it is not there",
  EACCES: "it may not be read",
  EISDIR: "it is a folder",
  ELOOP: "it is a link to itself"
}

const whyOf = (cause: unknown): string => {
  const code = codeOf(cause) ?? "it cannot be read"
  return words[code] ?? code
}

/** What stands for a file in messages and results: its path as it was given, or `-`. */
export const STDIN = "-"

/** The files below what was named, one by one: links are not followed below it, and devices and sockets are none. */
export async function* filesBelow(
  path: string,
  absolute: (path: string) => string,
  unread: (one: Unread) => void
): AsyncGenerator<string> {
  const kind = await stat(absolute(path)).catch((cause: unknown) => void unread({ path, why: whyOf(cause) }))
  if (kind === undefined) return
  // a pipe that was named is meant, as shells make them: <(command)
  if (!kind.isDirectory()) return yield path
  const folders = [path]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const here = folder
    const entries = await readdir(absolute(here), { withFileTypes: true }).catch((cause: unknown) => {
      unread({ path: here, why: whyOf(cause) })
      return []
    })
    const sorted = entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    for (const entry of sorted) if (entry.isFile()) yield join(here, entry.name)
    for (const entry of sorted.toReversed()) {
      if (entry.isDirectory() && !skipped.includes(entry.name)) folders.push(join(here, entry.name))
    }
  }
}

async function* bytesOf(file: FileHandle): AsyncGenerator<Buffer> {
  for (;;) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(PIECE), 0, PIECE)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}

/** Bytes that are no text: a NUL among the first, unless a mark says that it is UTF-16. */
const encodingOf = (first: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" | "binary" => {
  if (first[0] === 0xff && first[1] === 0xfe) return "utf-16le"
  if (first[0] === 0xfe && first[1] === 0xff) return "utf-16be"
  return first.subarray(0, 8192).includes(0) ? "binary" : "utf-8"
}

/** A file's text, or for one that is none a character for each byte. */
export interface Pieces {
  readonly binary: boolean
  readonly bytes: () => number
  readonly pieces: AsyncIterable<string>
}

const decoded = async (chunks: AsyncIterator<Uint8Array>): Promise<Pieces> => {
  const { done, value: first } = await chunks.next()
  const encoding = done === true ? "utf-8" : encodingOf(first)
  const binary = encoding === "binary"
  const decoder = binary ? undefined : new TextDecoder(encoding)
  let bytes = 0
  const read = async function* () {
    let last = done
    let chunk: Uint8Array = done === true ? new Uint8Array() : first
    while (last !== true) {
      bytes += chunk.length
      yield decoder === undefined ? Buffer.from(chunk).toString("latin1") : decoder.decode(chunk, { stream: true })
      const next = await chunks.next()
      last = next.done
      if (next.done !== true) chunk = next.value
    }
    if (decoder !== undefined) yield decoder.decode()
  }
  return { binary, bytes: () => bytes, pieces: read() }
}

/** A file, or standard input for `-`, open until the scope ends. */
export const textOf = (
  path: string,
  absolute: (path: string) => string
): Effect.Effect<Pieces, Unread, Scope.Scope> => {
  const unread = (cause: unknown): Unread => ({ path, why: whyOf(cause) })
  const decode = (chunks: AsyncIterable<Uint8Array>) =>
    Effect.tryPromise({ try: () => decoded(chunks[Symbol.asyncIterator]()), catch: unread })
  if (path === STDIN) return decode(process.stdin)
  return Effect.acquireRelease(Effect.tryPromise({ try: () => open(absolute(path), "r"), catch: unread }), (file) =>
    Effect.promise(() => file.close())
  ).pipe(Effect.flatMap((file) => decode(bytesOf(file))))
}
