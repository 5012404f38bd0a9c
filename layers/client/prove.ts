/** Has a gateway show that it knows the operator's token, before that is sent to it. */
import { provenText } from "../../src/identity/provenText.ts"
import type { Connection } from "./Connection.ts"
import { GatewayFailure, UnprovenFailure } from "./Failure.ts"

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")

const hmac = async (key: string, text: string): Promise<string> => {
  const { subtle } = globalThis.crypto
  const encoder = new TextEncoder()
  const algorithm = { name: "HMAC", hash: "SHA-256" }
  const imported = await subtle.importKey("raw", encoder.encode(key), algorithm, false, ["sign"])
  return hex(new Uint8Array(await subtle.sign("HMAC", imported, encoder.encode(text))))
}

const portOf = (url: string): number => {
  const { port, protocol } = new URL(url)
  if (port !== "") return Number(port)
  return protocol === "wss:" ? 443 : 80
}

const proofIn = (result: unknown): unknown =>
  typeof result === "object" && result !== null && "proof" in result ? result.proof : undefined

/** Rejects with an `UnprovenFailure` where the peer of `connection`, reached at `url`, shows no or another token. */
export const proven = async (connection: Connection, url: string, token: string): Promise<void> => {
  const challenge = hex(globalThis.crypto.getRandomValues(new Uint8Array(32)))
  const shown = await connection.call("auth.prove", { challenge }).result.catch((cause: unknown) => {
    // whoever has no such method, or may not say, has proven nothing
    if (cause instanceof GatewayFailure) return undefined
    throw cause
  })
  const expected = await hmac(token, provenText({ port: portOf(url), challenge }))
  if (proofIn(shown) !== expected) throw new UnprovenFailure(url)
}
