/** What the configuration is read from: the process environment, the home folder and files. */
import * as Effect from "effect/Effect"
import { homedir } from "node:os"
import { readFile, stat } from "node:fs/promises"
import { resolve } from "node:path"
import { codeInWords } from "../platform/ErrorCode.ts"
import { fileLimit } from "./TomlFile.ts"

/** Why a file cannot be read, in words. `absent` where there is none. */
export interface Unreadable {
  readonly absent: boolean
  readonly why: string
}

/** An argument rather than a service: it is needed before there are any services. */
export interface Surroundings {
  /** Variables with a value; an empty one counts as absent. */
  readonly variables: ReadonlyMap<string, string>
  readonly home: string
  /** Absolute form of a path as a person may write it. */
  readonly absolute: (path: string) => string
  readonly read: (path: string) => Effect.Effect<Uint8Array, Unreadable>
}

const words: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such file"],
  ["ENOTDIR", "there is no such file"],
  ["EACCES", "this user may not read it"],
  ["EPERM", "this user may not read it"],
  ["ELOOP", "its links lead in a circle"]
])

const unreadable = (error: unknown): Unreadable => {
  const code = codeInWords(error)
  return { absent: code === "ENOENT" || code === "ENOTDIR", why: words.get(code) ?? `it cannot be read (${code})` }
}

const refuse = (why: string): Effect.Effect<never, Unreadable> => Effect.fail({ absent: false, why })

const read = Effect.fn("Config.read")(function* (path: string) {
  const info = yield* Effect.tryPromise({ try: () => stat(path), catch: unreadable })
  if (info.isDirectory()) return yield* refuse("it is a folder, not a file")
  if (!info.isFile()) return yield* refuse("it is not a regular file")
  if (info.size > fileLimit) return yield* refuse(`it has ${info.size} bytes; at most ${fileLimit} are allowed`)
  return yield* Effect.tryPromise({ try: () => readFile(path), catch: unreadable })
})

/** Those of this process. The one place that reads `process.env`. */
export const processSurroundings: Effect.Effect<Surroundings> = Effect.sync(() => {
  const home = homedir()
  return {
    variables: new Map(
      Object.entries(process.env).filter(
        (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ""
      )
    ),
    home,
    absolute: (path) => resolve(path.startsWith("~/") ? `${home}/${path.slice(2)}` : path),
    read
  }
})
