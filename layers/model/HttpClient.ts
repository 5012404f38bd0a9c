/**
 * POST over node:http(s) with a keep-alive pool. Node's own `fetch` would load undici into the gateway; this loads
 * nothing but TLS, and that only for the first https call.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as http from "node:http"
import type * as https from "node:https"
import type { Socket } from "node:net"

export interface PostOptions {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Longest wait for a connection, TLS included, in milliseconds. */
  readonly connectMs: number
  /** Longest wait for the head of the response once the request is sent, in milliseconds. */
  readonly responseMs: number
}

/** No response came. `sent` is true where the other side may have seen the request. */
export interface NoResponse {
  readonly _tag: "NoResponse"
  readonly sent: boolean
  readonly timedOut: boolean
  /** Node's code, such as ECONNREFUSED. */
  readonly code: string
}

// Kept short: a socket the vendor closed while idle would cost a call its certainty.
const pool = { keepAlive: true, maxFreeSockets: 8, timeout: 4_000, scheduling: "lifo" } as const

const httpAgent = new http.Agent(pool)
let secure: { readonly module: typeof https; readonly agent: https.Agent } | undefined

const load = Effect.promise(async () => {
  if (secure === undefined) {
    const module = await import("node:https")
    secure = { module, agent: new module.Agent(pool) }
  }
  return secure
})

const start = (options: PostOptions, tls: typeof secure): http.ClientRequest => {
  const { body, headers, url } = options
  const settings = {
    method: "POST",
    headers: { ...headers, "content-length": String(Buffer.byteLength(body)) },
    maxHeaderSize: 32_768
  }
  return tls === undefined
    ? http.request(url, { ...settings, agent: httpAgent })
    : tls.module.request(url, { ...settings, agent: tls.agent })
}

const exchange = (options: PostOptions, tls: typeof secure): Effect.Effect<http.IncomingMessage, NoResponse> =>
  Effect.callback((resume) => {
    const request = start(options, tls)
    let sent = false
    let timer = setTimeout(() => fail("ETIMEDOUT", true), options.connectMs)
    const fail = (code: string, timedOut = false): void => {
      clearTimeout(timer)
      request.destroy()
      resume(Effect.fail({ _tag: "NoResponse", sent, timedOut, code }))
    }
    const connected = (): void => {
      sent = true
      clearTimeout(timer)
      timer = setTimeout(() => fail("ETIMEDOUT", true), options.responseMs)
    }
    request.on("socket", (socket: Socket) => {
      if (request.reusedSocket) connected()
      else socket.once(tls === undefined ? "connect" : "secureConnect", connected)
    })
    request.on("error", (error: NodeJS.ErrnoException) => fail(error.code ?? "EUNKNOWN"))
    request.on("response", (response) => {
      clearTimeout(timer)
      // Whoever reads listens while reading; in between nobody does, and an error without a listener ends the process.
      response.on("error", () => {})
      resume(Effect.succeed(response))
    })
    request.end(options.body)
    return Effect.sync(() => {
      clearTimeout(timer)
      request.destroy()
    })
  })

const finished = new WeakSet<http.IncomingMessage>()

/** Nothing more is wanted of this body: its few last bytes are let through, so that the connection can be used again. */
export const finish = (response: http.IncomingMessage): void => {
  finished.add(response)
  const timer = setTimeout(() => response.destroy(), 1_000).unref()
  response.once("close", () => clearTimeout(timer)).resume()
}

/** The response's head; its body is cut with the scope, unless it was finished before. */
export const post = (options: PostOptions): Effect.Effect<http.IncomingMessage, NoResponse, Scope.Scope> =>
  Effect.gen(function* () {
    const tls = options.url.protocol === "https:" ? yield* load : undefined
    return yield* Effect.acquireRelease(
      exchange(options, tls),
      (response) => Effect.sync(() => (finished.has(response) ? undefined : response.destroy())),
      { interruptible: true }
    )
  })

/** The next piece of a body; undefined at its end. Fails with Node's code when the connection breaks or is silent. */
export const read = (response: http.IncomingMessage, idleMs: number): Effect.Effect<Uint8Array | undefined, string> =>
  Effect.callback((resume) => {
    const timer = setTimeout(() => settle(Effect.fail("ETIMEDOUT")), idleMs)
    const settle = (result: Effect.Effect<Uint8Array | undefined, string>): void => {
      stop()
      resume(result)
    }
    const attempt = (): void => {
      const chunk: Uint8Array | null = response.read()
      if (chunk !== null) settle(Effect.succeed(chunk))
      else if (response.readableEnded) settle(Effect.succeed(undefined))
      else if (response.destroyed) settle(Effect.fail("ECONNRESET"))
    }
    const broken = (error?: NodeJS.ErrnoException): void =>
      response.readableEnded ? settle(Effect.succeed(undefined)) : settle(Effect.fail(error?.code ?? "ECONNRESET"))
    const stop = (): void => {
      clearTimeout(timer)
      response.off("readable", attempt).off("end", attempt).off("error", broken).off("close", broken)
    }
    response.on("readable", attempt).on("end", attempt).on("error", broken).on("close", broken)
    attempt()
    return Effect.sync(stop)
  })

/** A small body as text, at most `limit` bytes of it; what cannot be read is left out. */
export const readText = (response: http.IncomingMessage, limit: number, idleMs: number): Effect.Effect<string> =>
  Effect.gen(function* () {
    const chunks: Array<Uint8Array> = []
    let size = 0
    while (size < limit) {
      const chunk = yield* Effect.orElseSucceed(read(response, idleMs), () => undefined)
      if (chunk === undefined) break
      chunks.push(chunk)
      size += chunk.byteLength
    }
    return Buffer.concat(chunks).subarray(0, limit).toString("utf8")
  })
