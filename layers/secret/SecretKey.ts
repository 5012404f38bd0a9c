/**
 * The key of the secrets: the operator's own (`EXOCLAW_SECRET_KEY`), else one in a file apart from what it opens, so
 * that a copy of the state folder alone gives nothing away.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { constants } from "node:fs"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { Entropy } from "../../src/domain/Entropy.ts"
import { KeyUnusable, type SecretReason, SecretsUnavailable } from "../../src/secret/SecretError.ts"
import { codeOf } from "../platform/ErrorCode.ts"
import { writePrivate } from "../platform/PrivateFile.ts"
import { userFolder } from "../platform/UserFolder.ts"

/** Where keys are looked for. */
export interface KeySources {
  /** `EXOCLAW_SECRET_KEY`: 32 bytes in hex or base64, or a passphrase. */
  readonly given: Redacted.Redacted<string> | undefined
  /** The file that is made where nothing is given. */
  readonly file: string
}

/** A key, or what one is made from; `source` says in words where it came from. */
export type KeyMaterial = {
  readonly source: string
  readonly kind: "key" | "passphrase"
  readonly bytes: Redacted.Redacted<Uint8Array>
}

export const variable = "EXOCLAW_SECRET_KEY"

/** Shortest passphrase, in characters: it is all that stands between the file and whoever copied it. */
const shortestPassphrase = 12
const keyBytes = 32

/** `secret.key` in the folder for this user's configuration. */
export const defaultKeyFile = (variables: ReadonlyMap<string, string>, home: string): string =>
  join(userFolder(variables, home), "secret.key")

/** Thirty-two bytes as hex or base64 (either alphabet); undefined for any other text. */
const decodeKey = (text: string): Uint8Array | undefined => {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, "hex")
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined
  const bytes = Buffer.from(text, "base64")
  return bytes.length === keyBytes ? bytes : undefined
}

const material = (source: string, kind: KeyMaterial["kind"], bytes: Uint8Array): KeyMaterial => ({
  source,
  kind,
  bytes: Redacted.make(bytes, { label: "key" })
})

const fromText = (text: string): Effect.Effect<KeyMaterial, KeyUnusable> => {
  const key = decodeKey(text)
  if (key !== undefined) return Effect.succeed(material(variable, "key", key))
  if (text.length >= shortestPassphrase) return Effect.succeed(material(variable, "passphrase", Buffer.from(text)))
  const why = `it is neither 32 bytes in hex or base64 nor a passphrase of at least ${shortestPassphrase} characters`
  return Effect.fail(new KeyUnusable({ source: variable, why }))
}

interface Text {
  readonly mode: number
  readonly text: string
}

const read = async (path: string): Promise<Text> => {
  const file = await fs.open(path, constants.O_RDONLY)
  try {
    const { mode } = await file.stat()
    return { mode, text: (await file.readFile("utf8")).trim() }
  } finally {
    await file.close()
  }
}

/** What a promise gives; undefined where the file is not there. */
export const ifThere = <A>(promise: Promise<A>): Promise<A | undefined> =>
  promise.catch((cause: unknown) => {
    if (codeOf(cause) === "ENOENT") return undefined
    throw cause
  })

/** The file's text; undefined where there is none. */
const readIfThere = (path: string): Effect.Effect<Text | undefined, SecretReason> =>
  Effect.tryPromise({
    try: () => ifThere(read(path)),
    catch: (cause) => new SecretsUnavailable({ what: `reading ${path}`, cause })
  })

const fromFile = Effect.fnUntraced(function* (path: string) {
  const found = yield* readIfThere(path)
  if (found === undefined) return undefined
  if (process.platform !== "win32" && (found.mode & 0o077) !== 0) {
    const why = `others on this machine can read it. Run: chmod 600 ${path}; and change the secrets, if they may have`
    return yield* new KeyUnusable({ source: path, why })
  }
  const key = decodeKey(found.text)
  if (key === undefined)
    return yield* new KeyUnusable({ source: path, why: "it does not hold 32 bytes in hex or base64" })
  return material(path, "key", key)
})

/** Where the file is there, another process was first: its key counts. */
const publish = (path: string, text: string): Effect.Effect<void, SecretReason> =>
  Effect.tryPromise({
    try: () => writePrivate(path, text, { keep: true }),
    catch: (cause) => new SecretsUnavailable({ what: `writing ${path}`, cause })
  })

/** The key that is there; undefined where none is given and no file was made yet. */
export const find = (sources: KeySources): Effect.Effect<KeyMaterial | undefined, SecretReason> =>
  sources.given === undefined ? fromFile(sources.file) : fromText(Redacted.value(sources.given))

/** The key that is there, or a new one in the file. */
export const ensure = Effect.fn("SecretKey.ensure")(function* (sources: KeySources) {
  const found = yield* find(sources)
  if (found !== undefined) return found
  const entropy = yield* Entropy
  const text = Buffer.from(yield* entropy.bytes(keyBytes)).toString("hex")
  yield* publish(sources.file, `${text}\n`)
  const made = yield* find(sources)
  if (made !== undefined) return made
  return yield* new KeyUnusable({ source: sources.file, why: "it was removed while it was made" })
})
