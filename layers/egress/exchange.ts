/** One request and its answer on a connection of its own, to an address that was checked. */
import * as Effect from "effect/Effect"
import * as http from "node:http"
import * as https from "node:https"
import type { LookupFunction } from "node:net"
import type { Hop } from "../../src/egress/Egress.ts"
import { type EgressReason, ProtocolFailed, TimedOut, TooLarge } from "../../src/egress/EgressError.ts"
import type { EgressLimits } from "../../src/egress/EgressLimits.ts"
import { get, type Header } from "../../src/egress/Headers.ts"
import { type IpAddress, show } from "../../src/egress/IpAddress.ts"
import { hostHeader, requestTarget } from "../../src/egress/Target.ts"
import { decode } from "./decode.ts"
import { headerBytes, reasonOf } from "./failures.ts"

export interface Answer {
  readonly status: number
  readonly headers: ReadonlyArray<Header>
  readonly body: Uint8Array
}

/** Answers every question with the addresses that were checked, whatever the name means by now. */
const pinned = (addresses: ReadonlyArray<IpAddress>): LookupFunction => {
  const entries = addresses.map((address) => ({ address: show(address), family: address.version }))
  return (_host, { all }, callback) => {
    if (all === true) return callback(null, entries)
    callback(null, entries[0]?.address ?? "", entries[0]?.family)
  }
}

const outgoing = (hop: Hop): Record<string, string | Array<string>> => {
  const headers: Record<string, string | Array<string>> = Object.create(null)
  headers.host = hostHeader(hop.target)
  headers["accept-encoding"] = "identity"
  headers.connection = "close"
  if (hop.body !== undefined) headers["content-length"] = String(hop.body.length)
  for (const [name, value] of hop.headers) {
    const before = headers[name]
    headers[name] = before === undefined ? value : [before, value].flat()
  }
  return headers
}

const start = (hop: Hop, addresses: ReadonlyArray<IpAddress>, ca: string | undefined): http.ClientRequest => {
  const { address, host, port } = hop.target
  const options: https.RequestOptions = {
    // A connection of its own: none is shared between callers, and no proxy of the environment is asked.
    agent: false,
    host,
    port,
    lookup: pinned(addresses),
    method: hop.method,
    path: requestTarget(hop.target),
    headers: outgoing(hop),
    setHost: false,
    maxHeaderSize: headerBytes,
    insecureHTTPParser: false
  }
  if (hop.target.scheme === "http") return http.request(options)
  return https.request({
    ...options,
    // said explicitly, so that no environment variable turns it off
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    servername: address === undefined ? host : "",
    ...(ca === undefined ? {} : { ca })
  })
}

const headersOf = ({ rawHeaders }: http.IncomingMessage): ReadonlyArray<Header> => {
  const headers: Array<Header> = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    headers.push([(rawHeaders[i] ?? "").toLowerCase(), rawHeaders[i + 1] ?? ""])
  }
  return headers
}

const silent = (waitingFor: "answer" | "body", millis: number) => ({
  duration: millis,
  orElse: () => Effect.fail(new TimedOut({ waitingFor, millis }))
})

/** Reads the body piece by piece; gives up with the first byte that is too many. */
const read = Effect.fnUntraced(function* (
  host: string,
  message: http.IncomingMessage,
  { idleMs, responseBytes: limit }: EgressLimits
) {
  const tooLarge = new TooLarge({ what: "body", limit })
  const announced = Number(message.headers["content-length"] ?? 0)
  const pieces: Array<Buffer> = []
  let size = 0
  const iterator = message[Symbol.asyncIterator]()
  const next = Effect.tryPromise({ try: () => iterator.next(), catch: (cause) => reasonOf(host, cause) }).pipe(
    Effect.timeoutOrElse(silent("body", idleMs))
  )
  if (announced > limit && message.statusCode !== 304 && message.complete === false) return yield* tooLarge
  for (let piece = yield* next; piece.done !== true; piece = yield* next) {
    size += piece.value.length
    if (size > limit) return yield* tooLarge
    pieces.push(piece.value)
  }
  if (!message.complete) return yield* new ProtocolFailed({ host, code: "incomplete" })
  return Buffer.concat(pieces, size)
})

/** Sends the hop to one of `addresses`. Whatever ends it, its connection is gone when this returns. */
export const exchange = (
  hop: Hop,
  addresses: ReadonlyArray<IpAddress>,
  limits: EgressLimits,
  ca: string | undefined,
  wantsBody: (status: number, headers: ReadonlyArray<Header>) => boolean
): Effect.Effect<Answer, EgressReason> =>
  Effect.acquireUseRelease(
    Effect.sync(() => start(hop, addresses, ca).on("error", () => {})),
    (request) =>
      Effect.gen(function* () {
        const { host } = hop.target
        const message = yield* Effect.callback<http.IncomingMessage, EgressReason>((resume) => {
          request.on("response", (response) => resume(Effect.succeed(response)))
          request.on("error", (cause) => resume(Effect.fail(reasonOf(host, cause))))
          // An answer that changes the protocol is no answer: Node closes the connection and says nothing else.
          request.on("close", () => resume(Effect.fail(new ProtocolFailed({ host, code: "closed" }))))
          request.end(hop.body)
        }).pipe(Effect.timeoutOrElse(silent("answer", limits.idleMs)))
        message.on("error", () => {})
        const headers = headersOf(message)
        const status = message.statusCode ?? 0
        if (hop.method === "HEAD" || !wantsBody(status, headers)) return { status, headers, body: new Uint8Array() }
        const raw = yield* read(host, message, limits)
        const body = yield* decode(host, raw, get(headers, "content-encoding"), limits.responseBytes)
        return { status, headers, body }
      }),
    (request) => Effect.sync(() => void request.destroy())
  )
