// The Shield's key, for as long as it runs. What it signs is good for one connection, for a quarter of an hour.
import { exportJWK, generateKeyPair, SignJWT } from "jose"

export interface Person {
  readonly name: string
  readonly org: string
  readonly scope: string
}

export const makeSigner = async () => {
  const { privateKey, publicKey } = await generateKeyPair("EdDSA")
  const jwk = { ...(await exportJWK(publicKey)), kid: "shield", use: "sig", alg: "EdDSA" }
  return {
    /** What the Spine needs to know, as a JSON Web Key Set. */
    keySet: JSON.stringify({ keys: [jwk] }),
    sign: ({ name, org, scope }: Person) =>
      new SignJWT({ org, scope })
        .setProtectedHeader({ alg: "EdDSA", kid: "shield" })
        .setIssuer("shield")
        .setAudience("voltron")
        .setSubject(name)
        .setExpirationTime("15m")
        .sign(privateKey)
  }
}
