/** The soul as a file, hot-reloaded: its time and size are looked at on every turn, its text read when they changed. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { constants, statSync, type Stats } from "node:fs"
import { type FileHandle, open } from "node:fs/promises"
import { Soul, SoulError } from "../../src/memory/Soul.ts"
import { sizeOf } from "../../src/memory/TextSize.ts"

export interface Options {
  /** Read where an agent names no file of its own; may be absent. */
  readonly defaultPath: string
  /** Longest soul, in tokens. */
  readonly limit: number
}

interface Known {
  readonly stamp: string
  readonly text: string
}

/** A soul of a thousand tokens is a few kilobytes; anything beyond this is not read at all. */
const maximumBytes = 64 * 1024

/** A file system's clock may go in steps of some hundredths: what was written so lately may be written again unseen. */
const settled = 2_000

/** So often a file is read again that is written while it is read; then it is told by what was there last. */
const mostReads = 4

/** Undefined where the bytes are none of a text: a model would be shown what nobody wrote. */
const textOf = (bytes: Uint8Array): string | undefined => {
  if (bytes.includes(0)) return undefined
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** An editor may keep the time of what it wrote, and a copy its size. */
const stampOf = ({ ctimeMs, ino, mtimeMs, size }: Stats): string => `${ino}:${mtimeMs}:${ctimeMs}:${size}`

const checked = (path: string, stats: Stats): Stats => {
  // a pipe or a device has no end, and would hold one of the process's few threads for files
  if (!stats.isFile()) throw new SoulError({ path, message: `${path} is no file.` })
  if (stats.size > maximumBytes) throw new SoulError({ path, message: `${path} is larger than 64 KiB.` })
  return stats
}

/** No more than is allowed, however long the file has become since it was looked at. */
const contents = async (path: string, file: FileHandle): Promise<Uint8Array> => {
  const bytes = new Uint8Array(maximumBytes + 1)
  let length = 0
  for (let more = 1; more > 0 && length < bytes.length; length += more) {
    more = (await file.read(bytes, length, bytes.length - length, length)).bytesRead
  }
  if (length > maximumBytes) throw new SoulError({ path, message: `${path} is larger than 64 KiB.` })
  return bytes.subarray(0, length)
}

/** What one and the same file has, as it was before and after it was read: nobody's half-written sentence. */
const readWhole = async (path: string): Promise<{ readonly stats: Stats; readonly bytes: Uint8Array }> => {
  for (let reads = 1; ; reads++) {
    // by the file that was looked at: another one may have taken its name, even one that has no end
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const stats = checked(path, await file.stat())
      const bytes = await contents(path, file)
      if (stampOf(await file.stat()) === stampOf(stats) || reads === mostReads) return { stats, bytes }
    } finally {
      await file.close()
    }
  }
}

export const layer = (options: Options): Layer.Layer<Soul> =>
  Layer.sync(Soul, () => {
    const known = new Map<string, Known>()
    // throws a SoulError where the text may not be used, and what the file system throws
    const load = async (path: string, mayBeAbsent: boolean, now: number): Promise<string> => {
      // on this thread: a trip to another one and back costs every turn more than the call
      const found = statSync(path, { throwIfNoEntry: !mayBeAbsent })
      if (found === undefined) return ""
      const cached = known.get(path)
      if (cached?.stamp === stampOf(checked(path, found))) return cached.text
      const { bytes, stats } = await readWhole(path)
      const text = textOf(bytes)?.trim()
      if (text === undefined) throw new SoulError({ path, message: `${path} is no text in UTF-8.` })
      const tokens = sizeOf(text, 1)
      if (tokens > options.limit) {
        throw new SoulError({
          path,
          message: `${path} has about ${tokens} tokens; a soul may have ${options.limit}. Shorten it.`
        })
      }
      if (now - Math.max(stats.mtimeMs, stats.ctimeMs) > settled) known.set(path, { stamp: stampOf(stats), text })
      else known.delete(path)
      return text
    }
    return {
      read: (named) => {
        const path = named ?? options.defaultPath
        return Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Effect.tryPromise({
            try: () => load(path, named === undefined, now),
            catch: (cause) =>
              cause instanceof SoulError ? cause : new SoulError({ path, message: `${path} cannot be read.` })
          })
        ).pipe(Effect.map((text) => (text === "" ? undefined : text)))
      }
    }
  })
