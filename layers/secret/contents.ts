/** The file as it is now, and its next version. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs/promises"
import { Entropy } from "../../src/domain/Entropy.ts"
import * as LeakScan from "../../src/secret/LeakScan.ts"
import { type SecretReason, SecretsDamaged, SecretsUnavailable } from "../../src/secret/SecretError.ts"
import { replace } from "./replace.ts"
import { ensure, find, ifThere, type KeySources } from "./SecretKey.ts"
import { type Contents, deriveKey, nonceBytes, open, type Opened, render, saltBytes, unlock } from "./SecretsFile.ts"

export interface SecretsPlace {
  /** `secrets.db` in the state folder. */
  readonly path: string
  readonly key: KeySources
}

/** What was read, and how the file looked then; no contents where there is no file. */
export interface Known {
  readonly stamp: string
  readonly opened: Opened | undefined
  readonly leaks: LeakScan.LeakScanner
}

export const none: Known = { stamp: "", opened: undefined, leaks: LeakScan.make([]) }

export const failing =
  (what: string) =>
  (cause: unknown): SecretsUnavailable =>
    new SecretsUnavailable({ what, cause })

/** Every file that is put in place is another one, so its number and times tell it from those before. */
const stampOf = (path: string): Effect.Effect<string, SecretReason> =>
  Effect.tryPromise({
    try: async () => {
      const found = await ifThere(fs.stat(path, { bigint: true }))
      return found === undefined ? "" : `${found.ino} ${found.size} ${found.ctimeNs}`
    },
    catch: failing(`reading ${path}`)
  })

/** All values, for the scanner. */
const valuesOf = Effect.fnUntraced(function* (path: string, { contents, key }: Opened) {
  const values: Array<string> = []
  for (const entry of contents.secrets) {
    const value = unlock(key, entry)
    if (value === undefined) return yield* new SecretsDamaged({ path, why: `"${entry.name}" cannot be decrypted` })
    values.push(Redacted.value(value))
  }
  return values
})

export const load = Effect.fnUntraced(function* ({ key, path }: SecretsPlace, known: Known) {
  const stamp = yield* stampOf(path)
  if (stamp === known.stamp) return known
  if (stamp === "") return none
  const text = yield* Effect.tryPromise({ try: () => fs.readFile(path, "utf8"), catch: failing(`reading ${path}`) })
  const material = yield* find(key)
  if (material === undefined) {
    const why = `the key in ${key.file} is gone, and EXOCLAW_SECRET_KEY is not set`
    return yield* new SecretsDamaged({ path, why })
  }
  const opened = yield* open(path, text, material)
  return { stamp, opened, leaks: LeakScan.make(yield* valuesOf(path, opened)) }
})

/** A file without secrets, with a salt of its own. */
export const fresh = Effect.fnUntraced(function* (sources: KeySources) {
  const material = yield* ensure(sources)
  const salt = Buffer.from(yield* (yield* Entropy).bytes(saltBytes)).toString("base64")
  const contents: Contents = { format: "exoclaw-secrets", version: 1, kind: material.kind, salt, secrets: [] }
  return { contents, key: yield* deriveKey(material, salt) }
})

/** Puts the contents in the file's place, encrypted. */
export const save = Effect.fnUntraced(function* (path: string, { contents, key }: Opened) {
  const entropy = yield* Entropy
  const text = render(key, contents, [yield* entropy.bytes(nonceBytes), yield* entropy.bytes(nonceBytes)])
  yield* replace(path, text)
})
