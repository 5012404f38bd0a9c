/** The soul as a file, hot-reloaded: its time and size are looked at on every turn, its text read when they changed. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { statSync } from "node:fs"
import { readFile } from "node:fs/promises"
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

/** Undefined where the bytes are none of a text: a model would be shown what nobody wrote. */
const textOf = (bytes: Uint8Array): string | undefined => {
  if (bytes.includes(0)) return undefined
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

export const layer = (options: Options): Layer.Layer<Soul> =>
  Layer.sync(Soul, () => {
    const known = new Map<string, Known>()
    // throws a SoulError where the text may not be used, and what the file system throws
    const load = async (path: string, mayBeAbsent: boolean): Promise<string> => {
      // on this thread: a trip to another one and back costs every turn more than the call
      const stats = statSync(path, { throwIfNoEntry: !mayBeAbsent })
      if (stats === undefined) return ""
      // a pipe or a device has no end, and would hold one of the process's few threads for files
      if (!stats.isFile()) throw new SoulError({ path, message: `${path} is no file.` })
      const { ctimeMs, ino, mtimeMs, size } = stats
      // an editor may keep the time of what it wrote, and a copy its size
      const stamp = `${ino}:${mtimeMs}:${ctimeMs}:${size}`
      const cached = known.get(path)
      if (cached?.stamp === stamp) return cached.text
      if (size > maximumBytes) throw new SoulError({ path, message: `${path} is larger than 64 KiB.` })
      const text = textOf(await readFile(path))?.trim()
      if (text === undefined) throw new SoulError({ path, message: `${path} is no text in UTF-8.` })
      const tokens = sizeOf(text, 1)
      if (tokens > options.limit) {
        throw new SoulError({
          path,
          message: `${path} has about ${tokens} tokens; a soul may have ${options.limit}. Shorten it.`
        })
      }
      known.set(path, { stamp, text })
      return text
    }
    return {
      read: (named) => {
        const path = named ?? options.defaultPath
        return Effect.tryPromise({
          try: () => load(path, named === undefined),
          catch: (cause) =>
            cause instanceof SoulError ? cause : new SoulError({ path, message: `${path} cannot be read.` })
        }).pipe(Effect.map((text) => (text === "" ? undefined : text)))
      }
    }
  })
