// Stands for an OpenID Connect provider, for `oidc-authenticator.ts`: signs claims with a key that is gone at the end.
import { generateKeyPairSync, sign } from "node:crypto"

export const issuer = "https://login.example"
export const keys = generateKeyPairSync("ed25519")
export const strangersKey = generateKeyPairSync("ed25519").privateKey

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url")

export const issue = (claims: object, key = keys.privateKey, header: object = { alg: "EdDSA", typ: "JWT" }): string => {
  const text = `${encode(header)}.${encode(claims)}`
  return `${text}.${sign(null, Buffer.from(text), key).toString("base64url")}`
}
