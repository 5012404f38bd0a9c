/** Keys of an identity provider and the tokens it signs, made with the library that the authenticator does not choose. */
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose"

export interface Signer {
  readonly alg: string
  readonly kid: string
  readonly sign: CryptoKey | Uint8Array
  /** As it stands in a key set. */
  readonly jwk: JWK
}

export const pair = async (alg: "EdDSA" | "RS256", kid: string): Promise<Signer> => {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { alg, kid, sign: privateKey, jwk: { ...(await exportJWK(publicKey)), kid, use: "sig" } }
}

export const shared = (kid: string, bytes = 32): Signer => {
  const sign = crypto.getRandomValues(new Uint8Array(bytes))
  return { alg: "HS256", kid, sign, jwk: { kty: "oct", k: Buffer.from(sign).toString("base64url"), kid } }
}

export const keySet = (...signers: ReadonlyArray<Signer>): string =>
  JSON.stringify({ keys: signers.map(({ jwk }) => jwk) })

/** A token of these claims; `header` over what the signer would write. */
export const issue = (
  signer: Signer,
  claims: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>> = {}
): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: signer.alg, kid: signer.kid, ...header }).sign(signer.sign)
