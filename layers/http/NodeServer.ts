/** The `node:http` or `node:https` server under a listener: made with its time-outs, opened and closed in a scope. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http"
import { createServer as createTlsServer, Server as TlsServer } from "node:https"
import { fromCode, type ListenAddress, ListenError } from "../../src/gateway/ListenError.ts"
import { ConnectionCap } from "./ConnectionCap.ts"
import type { Limits } from "./Limits.ts"

/** A certificate chain and its private key, both PEM. */
export interface Tls {
  readonly cert: string
  readonly key: string
}

export interface Address extends ListenAddress {
  readonly tls?: Tls | undefined
}

type RequestListener = (request: IncomingMessage, response: ServerResponse) => void

/** Sockets beyond the WebSocket caps, so that health and metrics stay reachable when those are full. */
const spareSockets = 256
const spareSocketsPerAddress = 64

/** Makes the server; it does not listen yet. */
export const make = (
  address: Address,
  limits: Limits,
  isTrustedProxy: (address: string) => boolean,
  listener: RequestListener
): Effect.Effect<Server, ListenError> =>
  Effect.try({
    try: () => {
      const options: ServerOptions = {
        headersTimeout: limits.headersTimeout,
        requestTimeout: limits.requestTimeout,
        keepAliveTimeout: limits.keepAliveTimeout,
        connectionsCheckingInterval: limits.timeoutCheckInterval,
        maxHeaderSize: limits.maxHeaderSize,
        // any other protocol a client offers to switch to is ignored, as HTTP allows
        shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === "websocket"
      }
      const server =
        address.tls === undefined
          ? createServer(options, listener)
          : createTlsServer({ ...options, cert: address.tls.cert, key: address.tls.key }, listener)
      server.maxConnections = limits.maxConnections + spareSockets
      capPerAddress(server, limits, isTrustedProxy)
      return server
    },
    catch: () => badTls(address)
  })

const badTls = ({ host, port }: Address): ListenError =>
  new ListenError({
    reason: "bad_tls",
    host,
    port,
    message: "the TLS certificate or key cannot be used; check gateway.tls.cert and gateway.tls.key (both PEM, a pair)"
  })

/** Drops sockets over one address's share before they cost anything. */
const capPerAddress = (server: Server, limits: Limits, isTrustedProxy: (address: string) => boolean): void => {
  const cap = new ConnectionCap(Infinity, limits.maxConnectionsPerAddress + spareSocketsPerAddress)
  server.on("connection", (socket) => {
    const address = socket.remoteAddress ?? ""
    if (isTrustedProxy(address)) return
    const release = cap.acquire(address)
    if (release === undefined) return socket.destroy()
    socket.once("close", release)
  })
}

/** Opens the server in the scope at hand and gives its port. */
export const listen = (
  server: Server,
  address: Address,
  shutdown: {
    /** Milliseconds that open connections have. */
    readonly drainTimeout: number
    /** No new connection comes from here on. */
    readonly onClose: () => void
    /** What is still open now is cut. */
    readonly onTimeout: () => void
  }
): Effect.Effect<number, ListenError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<number, ListenError>((resume) => {
      const onError = (cause: NodeJS.ErrnoException) => resume(Effect.fail(fromCode(cause.code, address)))
      server.once("error", onError)
      // a port outside 0 to 65,535 is thrown, not emitted
      try {
        server.listen({ host: address.host, port: address.port, backlog: 4096 }, () => {
          server.off("error", onError)
          // an error on a listening server concerns one connection (no descriptors left); it goes on listening
          server.on("error", () => undefined)
          const bound = server.address()
          resume(Effect.succeed(typeof bound === "object" && bound !== null ? bound.port : address.port))
        })
      } catch (cause) {
        onError(cause as NodeJS.ErrnoException)
      }
    }),
    () =>
      Effect.callback<void>((resume) => {
        const cut = setTimeout(() => {
          shutdown.onTimeout()
          server.closeAllConnections()
        }, shutdown.drainTimeout)
        shutdown.onClose()
        server.close(() => {
          clearTimeout(cut)
          resume(Effect.void)
        })
        server.closeIdleConnections()
      })
  )

/** Replaces the certificate for connections to come. */
export const setTls = (server: Server, address: Address, tls: Tls): Effect.Effect<void, ListenError> =>
  Effect.try({
    try: () => {
      if (!(server instanceof TlsServer)) throw new TypeError("the listener was opened without TLS")
      server.setSecureContext({ cert: tls.cert, key: tls.key })
    },
    catch: () => badTls(address)
  })
