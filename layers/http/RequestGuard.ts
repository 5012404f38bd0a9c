/** The guard at the socket: reads `Host` and `Origin` off a request, and refuses before anything is answered. */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Duplex } from "node:stream"
import * as ClientAddress from "../../src/gateway/ClientAddress.ts"
import * as RequestGuard from "../../src/gateway/RequestGuard.ts"

/** Why a request is turned away, as an HTTP status and a sentence for the peer. */
export interface Refusal {
  readonly status: number
  readonly reason: string
  /** Seconds after which another try makes sense. */
  readonly retryAfter?: number | undefined
}

const sentences: { readonly [V in Exclude<RequestGuard.GuardVerdict, "ok">]: string } = {
  host_missing: "Exactly one Host header is needed.",
  host_not_allowed: "This Host is not served here; the operator can add it to gateway.hosts.",
  origin_not_allowed: "This Origin may not connect; the operator can add it to gateway.origins."
}

/** A refusal, or `undefined` for a request that may go on. */
export const refusalOf = (request: IncomingMessage, rules: RequestGuard.GuardRules): Refusal | undefined => {
  // an absolute URL would name a host beside the Host header
  if (request.url === undefined || !request.url.startsWith("/")) {
    return { status: 400, reason: "The request target must be a path." }
  }
  const { localAddress } = request.socket
  const verdict = RequestGuard.decide(rules, {
    hosts: request.headersDistinct["host"] ?? [],
    origins: request.headersDistinct["origin"] ?? [],
    localAddress: localAddress === undefined ? undefined : ClientAddress.canonical(localAddress)
  })
  return verdict === "ok" ? undefined : { status: 403, reason: sentences[verdict] }
}

const statusTexts: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  429: "Too Many Requests",
  503: "Service Unavailable"
}

const headersOf = (refusal: Refusal): Record<string, string> => ({
  "content-type": "text/plain; charset=utf-8",
  "content-length": String(Buffer.byteLength(refusal.reason)),
  connection: "close",
  ...(refusal.retryAfter === undefined ? {} : { "retry-after": String(refusal.retryAfter) }),
  ...(refusal.status === 401 ? { "www-authenticate": "Bearer" } : {})
})

/** Answers an upgrade that does not happen. */
export const refuseUpgrade = (socket: Duplex, refusal: Refusal): void => {
  const head = Object.entries(headersOf(refusal)).map(([name, value]) => `${name}: ${value}\r\n`)
  const status = `HTTP/1.1 ${refusal.status} ${statusTexts[refusal.status] ?? "Refused"}\r\n`
  // a peer that keeps its half open would keep the socket
  socket.once("finish", () => socket.destroy())
  socket.end(`${status}${head.join("")}\r\n${refusal.reason}`)
}

/** Answers a plain request. */
export const refuseRequest = (response: ServerResponse, refusal: Refusal): void => {
  response.writeHead(refusal.status, headersOf(refusal))
  response.end(refusal.reason)
}
