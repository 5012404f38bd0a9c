/**
 * The encrypted file: JSON whose values are AES-256-GCM. Every value has its own nonce and is bound to its name and
 * revision; a seal over all that stands in the clear notices entries that were removed, renamed or put back.
 *
 * A file rather than a database: it is small, read as a whole, and replaced as a whole by one rename, so there is no
 * journal or free page in which an old value could stay.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, scrypt } from "node:crypto"
import { SecretsDamaged, type SecretReason, WrongKey } from "../../src/secret/SecretError.ts"
import { SecretName } from "../../src/secret/SecretName.ts"
import type { KeyMaterial } from "./SecretKey.ts"

const Base64 = Schema.String.pipe(Schema.check(Schema.isPattern(/^[A-Za-z0-9+/]*={0,2}$/), Schema.isMaxLength(16_384)))
const time = Schema.Int

/** Nonce (12 bytes), ciphertext and tag (16 bytes), in this order. */
const Entry = Schema.Struct({ name: SecretName, revision: Schema.Int, createdAt: time, updatedAt: time, box: Base64 })
export type Entry = typeof Entry.Type

const Contents = Schema.Struct({
  format: Schema.Literal("exoclaw-secrets"),
  version: Schema.Literal(1),
  /** What the file's key is derived from; the parameters of scrypt are the version's. */
  kind: Schema.Literals(["key", "passphrase"]),
  salt: Base64,
  secrets: Schema.Array(Entry)
})
export type Contents = typeof Contents.Type

const File = Schema.Struct({ ...Contents.fields, check: Base64, seal: Base64 })

const decodeFile = Schema.decodeUnknownEffect(Schema.fromJsonString(File))
const encodeFile = Schema.encodeSync(Schema.fromJsonString(File))

export const saltBytes = 16
export const nonceBytes = 12
const tagBytes = 16
const algorithm = "aes-256-gcm"

/** 32 MiB and some 100 ms for each guess. */
const cost = { N: 32_768, r: 8, p: 3, maxmem: 64 * 1_048_576 }

const stretched = (bytes: Uint8Array, salt: Uint8Array): Effect.Effect<Uint8Array> =>
  Effect.callback((resume) => {
    scrypt(bytes, salt, 32, cost, (error, key) => resume(error === null ? Effect.succeed(key) : Effect.die(error)))
  })

/** The key of one file. */
export const deriveKey = Effect.fn("SecretsFile.deriveKey")(function* (material: KeyMaterial, salt: string) {
  const bytes = Redacted.value(material.bytes)
  const salted = Buffer.from(salt, "base64")
  const master = material.kind === "key" ? bytes : yield* stretched(bytes, salted)
  return createSecretKey(Buffer.from(hkdfSync("sha256", master, salted, "exoclaw.secrets.v1", 32)))
})

const encrypt = (key: KeyObject, nonce: Uint8Array, bound: string, text: string): string => {
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(Buffer.from(bound))
  return Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]).toString("base64")
}

/** The text; undefined where key, bytes or what they are bound to is not the one of `encrypt`. */
const decrypt = (key: KeyObject, bound: string, box: string): string | undefined => {
  const bytes = Buffer.from(box, "base64")
  if (bytes.length < nonceBytes + tagBytes) return undefined
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(bound))
  decipher.setAuthTag(bytes.subarray(-tagBytes))
  // node:crypto throws where the tag does not match: this is its edge.
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]).toString("utf8")
  } catch {
    return undefined
  }
}

const checkBound = "exoclaw.secrets.check.v1"
const valueBound = (name: string, revision: number): string => `exoclaw.secret.v1\n${name}\n${revision}`

/** Everything that the seal covers. */
const sealBound = ({ format, kind, salt, secrets, version }: Contents): string => {
  const rows = secrets.map(({ box, createdAt, name, revision, updatedAt }) => [
    name,
    revision,
    createdAt,
    updatedAt,
    box
  ])
  return JSON.stringify(["exoclaw.secrets.seal.v1", format, version, kind, salt, rows])
}

/** A value, ready for the file. */
export const lock = (key: KeyObject, nonce: Uint8Array, name: SecretName, revision: number, value: string): string =>
  encrypt(key, nonce, valueBound(name, revision), value)

/** The value of an entry; undefined where it is not the one that was locked under this name. */
export const unlock = (key: KeyObject, { box, name, revision }: Entry): Redacted.Redacted<string> | undefined => {
  const value = decrypt(key, valueBound(name, revision), box)
  return value === undefined ? undefined : Redacted.make(value, { label: "secret" })
}

/** The file's text; takes two nonces. */
export const render = (key: KeyObject, contents: Contents, nonces: readonly [Uint8Array, Uint8Array]): string =>
  `${encodeFile({
    ...contents,
    check: encrypt(key, nonces[0], checkBound, ""),
    seal: encrypt(key, nonces[1], sealBound(contents), "")
  })}\n`

/** A file that was read and verified. */
export interface Opened {
  readonly contents: Contents
  readonly key: KeyObject
}

/** Reads and verifies a file's text. */
export const open: (path: string, text: string, material: KeyMaterial) => Effect.Effect<Opened, SecretReason> =
  Effect.fn("SecretsFile.open")(function* (path, text, material) {
    const file = yield* decodeFile(text).pipe(
      // The issue could quote the file.
      Effect.mapError(() => new SecretsDamaged({ path, why: "it is not a file of secrets of this version" }))
    )
    const { check, seal, ...contents } = file
    const wrong = new WrongKey({ path, source: material.source })
    if (contents.kind !== material.kind) return yield* wrong
    const key = yield* deriveKey(material, contents.salt)
    if (decrypt(key, checkBound, check) === undefined) return yield* wrong
    if (decrypt(key, sealBound(contents), seal) === undefined) {
      return yield* new SecretsDamaged({ path, why: "it was changed by something else than exoclaw" })
    }
    return { contents, key }
  })
