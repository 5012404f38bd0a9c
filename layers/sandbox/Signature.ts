/**
 * Signatures of publishers: `NAME.wasm.sig` beside `NAME.wasm`, two lines of base64 under a heading, the publisher's
 * Ed25519 key and its signature over the file's hash.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto"
import * as Effect from "effect/Effect"
import type { Signature } from "../../src/sandbox/Trust.ts"
import { readBounded } from "../platform/BoundedFile.ts"
import { codeOf } from "../platform/ErrorCode.ts"

const HEADING = "exoclaw plugin signature 1"
const MAX_BYTES = 1024

/** What is signed: no text that somebody signs for another purpose begins like this. */
const message = (sha256: string): Uint8Array => Buffer.from(`${HEADING}\n${sha256}\n`)

const base64 = (text: string, bytes: number): Buffer | undefined => {
  const decoded = Buffer.from(text, "base64")
  return decoded.length === bytes && decoded.toString("base64") === text ? decoded : undefined
}

/** Whether a text is a publisher's key as `[sandbox.publishers]` names it. */
export const isPublicKey = (text: string): boolean => base64(text, 32) !== undefined

const publicKeyOf = (raw: Buffer): KeyObject =>
  createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") }, format: "jwk" })

const rawKeyOf = (key: KeyObject): string =>
  Buffer.from(String(createPublicKey(key).export({ format: "jwk" }).x), "base64url").toString("base64")

/** A publisher's keys: the public one as `[sandbox.publishers]` names it, the private one as PEM. */
export const publisherKeys = (): { readonly publicKey: string; readonly privateKey: string } => {
  const { privateKey } = generateKeyPairSync("ed25519")
  return { publicKey: rawKeyOf(privateKey), privateKey: privateKey.export({ format: "pem", type: "pkcs8" }).toString() }
}

/** The text of `NAME.wasm.sig` for the file of that hash; undefined where `privateKey` is no Ed25519 key in PEM. */
export const signPlugin = (sha256: string, privateKey: string): string | undefined => {
  // node:crypto throws on a key that is none
  try {
    const key = createPrivateKey(privateKey)
    if (key.asymmetricKeyType !== "ed25519") return undefined
    return `${HEADING}\n${rawKeyOf(key)}\n${sign(null, message(sha256), key).toString("base64")}\n`
  } catch {
    return undefined
  }
}

/** What the text of a `.sig` says about the file of that hash. `publishers` are base64 keys by name. */
export const verifyPlugin = (sha256: string, text: string, publishers: Readonly<Record<string, string>>): Signature => {
  const [heading, key = "", signature = "", end, ...more] = text.split("\n")
  const rawKey = base64(key, 32)
  const rawSignature = base64(signature, 64)
  if (heading !== HEADING || end !== "" || more.length > 0 || rawKey === undefined || rawSignature === undefined) {
    return { kind: "invalid", why: "it is not written as one" }
  }
  if (!verify(null, message(sha256), publicKeyOf(rawKey), rawSignature)) {
    return { kind: "invalid", why: "it was made for another file" }
  }
  const name = Object.keys(publishers).find((publisher) => publishers[publisher] === key)
  return name === undefined ? { kind: "stranger", key } : { kind: "publisher", name }
}

/** What stands beside the file at `path`. */
export const signatureOf = (
  sha256: string,
  path: string,
  publishers: Readonly<Record<string, string>>
): Effect.Effect<Signature> =>
  Effect.promise(async (): Promise<Signature> => {
    // without a readable `.sig` there is no signature; one that is too long is none of ours
    try {
      const bytes = await readBounded(`${path}.sig`, MAX_BYTES)
      if (bytes.length > MAX_BYTES) return { kind: "invalid", why: "it is not written as one" }
      return verifyPlugin(sha256, Buffer.from(bytes).toString("utf8"), publishers)
    } catch (error) {
      const code = codeOf(error)
      return code === "ENOENT" ? { kind: "none" } : { kind: "invalid", why: "it cannot be read" }
    }
  })
