/**
 * The installation's Ed25519 key, in a file apart from the state folder: a copy of the state, or whoever can write no
 * more than the database, cannot sign. Keys of others that are trusted stand beside it, one per line.
 */
import * as Effect from "effect/Effect"
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto"
import * as fs from "node:fs/promises"
import { dirname, join } from "node:path"
import { AuditKeyUnusable } from "../../src/audit/Audit.ts"
import { codeInWords, codeOf } from "../platform/ErrorCode.ts"
import { writePrivate } from "../platform/PrivateFile.ts"
import { userFolder } from "../platform/UserFolder.ts"

export interface AuditKey {
  /** Thirty-two bytes in base64. */
  readonly publicKey: string
  /** The signature over a text, in base64. */
  readonly sign: (text: string) => string
}

/** `audit.key` in the folder for this user's configuration. */
export const defaultKeyFile = (variables: ReadonlyMap<string, string>, home: string): string =>
  join(userFolder(variables, home), "audit.key")

/** Where keys are listed that are trusted beside the installation's own. */
export const trustedFile = (keyFile: string): string => join(dirname(keyFile), "audit.trusted")

const bytes = (text: string, length: number): Buffer | undefined => {
  const decoded = Buffer.from(text, "base64")
  return decoded.length === length && decoded.toString("base64") === text ? decoded : undefined
}

/** Whether a text is a public key as `exoclaw audit key` prints it. */
export const isPublicKey = (text: string): boolean => bytes(text, 32) !== undefined

/** Whether `signature` is one of `key` over `text`. */
export const verifies = (key: string, text: string, signature: string): boolean => {
  const rawKey = bytes(key, 32)
  const rawSignature = bytes(signature, 64)
  if (rawKey === undefined || rawSignature === undefined) return false
  const jwk = { kty: "OKP", crv: "Ed25519", x: rawKey.toString("base64url") }
  return verify(null, Buffer.from(text), createPublicKey({ key: jwk, format: "jwk" }), rawSignature)
}

const keyOf = (privateKey: KeyObject): AuditKey => ({
  publicKey: Buffer.from(String(createPublicKey(privateKey).export({ format: "jwk" }).x), "base64url").toString(
    "base64"
  ),
  sign: (text) => sign(null, Buffer.from(text), privateKey).toString("base64")
})

/** A file's text; undefined where there is none. */
export const readIfThere = (path: string): Effect.Effect<string | undefined, AuditKeyUnusable> =>
  Effect.tryPromise({
    try: () =>
      fs.readFile(path, "utf8").catch((cause: unknown) => {
        if (codeOf(cause) === "ENOENT" || codeOf(cause) === "ENOTDIR") return undefined
        throw cause
      }),
    catch: (cause) => new AuditKeyUnusable({ path, why: `it cannot be read (${codeInWords(cause)})` })
  })

/** The key in the file; undefined where there is no file. */
export const find = Effect.fn("AuditKey.find")(function* (path: string) {
  const text = yield* readIfThere(path)
  if (text === undefined) return undefined
  const { mode } = yield* Effect.tryPromise({
    try: () => fs.stat(path),
    catch: (cause) => new AuditKeyUnusable({ path, why: `it cannot be read (${codeInWords(cause)})` })
  })
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    const why = `others on this machine can read it. Run: chmod 600 ${path}; and make a new one, if they may have`
    return yield* new AuditKeyUnusable({ path, why })
  }
  const none = new AuditKeyUnusable({ path, why: "it holds no Ed25519 key in PEM" })
  const key = yield* Effect.try({ try: () => createPrivateKey(text), catch: () => none })
  if (key.asymmetricKeyType !== "ed25519") return yield* none
  return keyOf(key)
})

/** Writes a whole file (mode 0600); where `keep`, one that is there stays. The folder is made where there is none. */
export const publish = (path: string, text: string, keep: boolean): Effect.Effect<void, AuditKeyUnusable> =>
  Effect.tryPromise({
    try: () => writePrivate(path, text, { keep }),
    catch: (cause) => new AuditKeyUnusable({ path, why: `it cannot be written (${codeInWords(cause)})` })
  })

/** The key in the file, made where there is none. */
export const ensure = Effect.fn("AuditKey.ensure")(function* (path: string) {
  const found = yield* find(path)
  if (found !== undefined) return found
  const { privateKey } = generateKeyPairSync("ed25519")
  yield* publish(path, privateKey.export({ format: "pem", type: "pkcs8" }).toString(), true)
  const made = yield* find(path)
  return made ?? (yield* new AuditKeyUnusable({ path, why: "it was removed while it was made" }))
})

/** The keys that are trusted beside the one in `keyFile`. Lines with # are comments. */
export const trusted = Effect.fn("AuditKey.trusted")(function* (keyFile: string) {
  const path = trustedFile(keyFile)
  const lines = ((yield* readIfThere(path)) ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
  const wrong = lines.find((line) => !isPublicKey(line))
  if (wrong !== undefined) return yield* new AuditKeyUnusable({ path, why: "a line of it is no Ed25519 key in base64" })
  return lines
})

/** Adds keys to those that are trusted. */
export const trust = Effect.fn("AuditKey.trust")(function* (keyFile: string, keys: ReadonlyArray<string>) {
  const known = new Set(yield* trusted(keyFile))
  const own = yield* find(keyFile)
  const added = keys.filter((key) => !known.has(key) && key !== own?.publicKey)
  if (added.length === 0) return
  const path = trustedFile(keyFile)
  const before = (yield* readIfThere(path)) ?? ""
  yield* publish(path, `${before}${before === "" || before.endsWith("\n") ? "" : "\n"}${added.join("\n")}\n`, false)
})
