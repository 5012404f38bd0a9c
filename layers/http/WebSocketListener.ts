/**
 * One listener: `node:http` and `ws` inside a scope. Upgrades go to the paths given, everything else to an HTTP
 * application; guard, caps, time-outs and authentication deadline hold on both before either sees a request.
 */
import * as ByteSize from "effect/ByteSize"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import type { IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import { type WebSocket, WebSocketServer } from "ws"
import { AuthBackoff, type LockedOut } from "../../src/gateway/AuthBackoff.ts"
import * as ClientAddress from "../../src/gateway/ClientAddress.ts"
import { type Connection, type ConnectionInfo, Connections } from "../../src/gateway/Connection.ts"
import type { ListenError } from "../../src/gateway/ListenError.ts"
import type { GuardRules } from "../../src/gateway/RequestGuard.ts"
import type { SocketAccept, SocketDoor } from "../../src/gateway/SocketProtocol.ts"
import type { NobodyNow, NotLetIn } from "../../src/identity/Authenticator.ts"
import type { SealedPrincipal } from "../../src/identity/Principal.ts"
import { ConnectionCap } from "./ConnectionCap.ts"
import { LiveSocket } from "./LiveSocket.ts"
import * as Limits from "./Limits.ts"
import * as NodeServer from "./NodeServer.ts"
import * as RequestGuard from "./RequestGuard.ts"
import * as TrustedProxies from "./TrustedProxies.ts"

export type { Tls } from "./NodeServer.ts"

export interface Options<E, R> {
  readonly name: "client" | "operator"
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly tls?: NodeServer.Tls | undefined
  /** Serves every request that is no upgrade, such as what `HttpRouter.toHttpEffect` gives. */
  readonly http: Effect.Effect<HttpServerResponse, E, R>
  /** By exact path, such as `/ws`. */
  readonly paths: Readonly<Record<string, SocketAccept | SocketDoor>>
  /**
   * Who connects, decided before the handshake: a principal, or `undefined` to let the peer authenticate itself within
   * the deadline. A failure answers 401 and counts towards the address's lock.
   */
  readonly authenticate: (connection: ConnectionInfo) => Effect.Effect<SealedPrincipal | undefined, NotLetIn>
  readonly limits?: Partial<Limits.Limits> | undefined
  readonly guard?: Partial<Pick<GuardRules, "allowedHosts" | "allowedOrigins">> | undefined
  /** Addresses and networks (`10.0.0.0/8`) of reverse proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies?: ReadonlyArray<string> | undefined
}

export interface Listener {
  readonly host: string
  /** The port it is bound to. */
  readonly port: number
  /** `http://host:port` or `https://host:port`. */
  readonly url: string
  /** Open connections of this listener. */
  readonly connections: Effect.Effect<ReadonlyArray<Connection>>
  /** Takes no new connections and no new POST requests (503); what is open goes on. */
  readonly drain: Effect.Effect<void>
  /** Uses another certificate for new connections. */
  readonly setTls: (tls: NodeServer.Tls) => Effect.Effect<void, ListenError>
}

const busy: RequestGuard.Refusal = { status: 503, reason: "Too many connections.", retryAfter: 5 }
const draining: RequestGuard.Refusal = { status: 503, reason: "Shutting down.", retryAfter: 5 }
const notFound: RequestGuard.Refusal = { status: 404, reason: "Nothing is served at this path." }
const late: RequestGuard.Refusal = { status: 503, reason: "The decision took too long.", retryAfter: 1 }

/** Opens the listener in the scope at hand; closing the scope says 1001 to every peer and waits a bounded time. */
export const serve = Effect.fnUntraced(function* <E, R>(
  options: Options<E, R>
): Effect.fn.Return<
  Listener,
  ListenError,
  Exclude<R, HttpServerRequest | Scope.Scope> | Scope.Scope | Connections | AuthBackoff
> {
  const limits = Limits.withDefaults(options.limits)
  const isTrustedProxy = TrustedProxies.make(options.trustedProxies ?? [])
  const connections = yield* Connections
  const backoff = yield* AuthBackoff
  const clock = yield* Clock.Clock
  const fork = Effect.runForkWith(yield* Effect.context<never>())
  const sockets = new Set<LiveSocket>()
  /** Every socket that left plain HTTP, whatever became of it: node no longer times them out or closes them. */
  const upgraded = new Set<Duplex>()
  const upgrades = new ConnectionCap(limits.maxConnections, limits.maxConnectionsPerAddress)
  let isDraining = false
  let bound = { host: options.host, port: options.port }
  let rules: GuardRules = {
    port: options.port,
    tls: options.tls !== undefined,
    allowedHosts: options.guard?.allowedHosts ?? [],
    allowedOrigins: options.guard?.allowedOrigins ?? []
  }

  const app = Effect.provideService(
    options.http,
    HttpIncomingMessage.MaxBodySize,
    ByteSize.fromInputUnsafe(limits.maxBody)
  )
  const onRequest = yield* NodeHttpServer.makeHandler(app, { scope: yield* Effect.scope })
  const server = yield* NodeServer.make(options, limits, isTrustedProxy, (request, response) => {
    const refusal =
      RequestGuard.refusalOf(request, rules) ?? (isDraining && request.method === "POST" ? draining : undefined)
    if (refusal !== undefined) return RequestGuard.refuseRequest(response, refusal)
    onRequest(request, response)
  })
  const wsOptions = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: Math.min(limits.maxFrameUnauthenticated, limits.maxFrame),
    handleProtocols: (offered: ReadonlySet<string>, request: IncomingMessage) => {
      const door = doorOf(options.paths, request)
      return (door === undefined ? [...offered][0] : door.choose([...offered])) ?? false
    },
    closeTimeout: limits.drainTimeout
  }
  const wss = new WebSocketServer(wsOptions)

  const describe = (request: IncomingMessage, remoteAddress: string): ConnectionInfo => {
    const { authorization, origin } = request.headers
    const headers = Object.entries(request.headersDistinct).map(([name, values]) => [name, (values ?? []).join(", ")])
    return {
      id: connections.nextId(),
      remoteAddress,
      headers: Object.fromEntries(headers) as Record<string, string>,
      ...(origin === undefined ? {} : { origin }),
      ...(authorization === undefined ? {} : { authorization })
    }
  }

  const open = (
    ws: WebSocket,
    info: ConnectionInfo,
    path: string,
    accept: SocketAccept,
    principal: SealedPrincipal | undefined
  ): void => {
    const socket = new LiveSocket({
      ws,
      info,
      path,
      listener: options.name,
      bound,
      openedAt: clock.currentTimeMillisUnsafe(),
      limits,
      onEnd: () => {
        sockets.delete(socket)
        connections.remove(info.id)
      },
      // the path only: what was thrown may hold what the peer sent
      onDefect: () => fork(Effect.logError(`The protocol at ${path} failed on a connection; it was closed with 1011.`))
    })
    sockets.add(socket)
    connections.add(socket.connection)
    socket.start(accept, principal)
  }

  /** The principal, the refusal, why nobody is let in, or nothing when the peer may still say who it is. */
  const admit = (info: ConnectionInfo): Effect.Effect<SealedPrincipal | undefined | RequestGuard.Refusal | NobodyNow> =>
    backoff.attempt(info.remoteAddress, options.authenticate(info)).pipe(
      Effect.catch((error: NotLetIn | LockedOut) =>
        // who sent no credential reads the reason in its first answer: a refused handshake tells a browser nothing
        Effect.succeed(error._tag === "NobodyNow" && info.authorization === undefined ? error : refusalFor(error))
      ),
      Effect.timeoutOrElse({ duration: limits.handshakeTimeout, orElse: () => Effect.succeed(late) })
    )

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    track(socket, upgraded)
    const refuse = (refusal: RequestGuard.Refusal) => RequestGuard.refuseUpgrade(socket, refusal)
    const refusal = RequestGuard.refusalOf(request, rules)
    if (refusal !== undefined) return refuse(refusal)
    const path = pathOf(request)
    const served = options.paths[path]
    if (served === undefined) return refuse(notFound)
    const door: SocketDoor | undefined = typeof served === "function" ? undefined : served
    if (door !== undefined && door.choose(offeredBy(request)) === undefined)
      return refuse({ status: 400, reason: door.refusal })
    const address = ClientAddress.client(
      request.socket.remoteAddress ?? "",
      request.headersDistinct["x-forwarded-for"]?.join(","),
      isTrustedProxy
    )
    const release = upgrades.acquire(address)
    if (release === undefined) return refuse(busy)
    const info = describe(request, address)
    const held = holding(socket, release)
    const deciding = fork(
      Effect.gen(function* () {
        const decision = yield* admit(info)
        if (decision !== undefined && "status" in decision) return refuse(decision)
        const accept = typeof served === "function" ? served : yield* served.accept
        if (isDraining) return refuse(draining)
        const withheld = decision !== undefined && "_tag" in decision
        wss.handleUpgrade(request, socket, head, (ws) =>
          withheld
            ? open(ws, { ...info, nobodyNow: decision.message }, path, accept, undefined)
            : open(ws, info, path, accept, decision)
        )
      })
    )
    held.stop = () => fork(Fiber.interrupt(deciding))
    deciding.addObserver(() => {
      held.stop = undefined
    })
  }

  server.on("upgrade", upgrade)
  const port = yield* NodeServer.listen(server, options, {
    drainTimeout: limits.drainTimeout,
    onClose: () => {
      isDraining = true
      for (const socket of sockets) socket.shutdown()
    },
    onTimeout: () => {
      for (const socket of upgraded) socket.destroy()
    }
  })
  rules = { ...rules, port }
  bound = { host: options.host, port }
  const beat = () => {
    for (const socket of sockets) socket.beat()
  }
  // one timer for all connections
  yield* Effect.acquireRelease(
    Effect.sync(() => setInterval(beat, limits.heartbeatInterval)),
    (timer) => Effect.sync(() => clearInterval(timer))
  )
  const shownHost = options.host.includes(":") ? `[${options.host}]` : options.host
  return {
    host: options.host,
    port,
    url: `${options.tls === undefined ? "http" : "https"}://${shownHost}:${port}`,
    connections: Effect.sync(() => [...sockets].map((socket) => socket.connection)),
    drain: Effect.sync(() => {
      isDraining = true
    }),
    setTls: (tls) => NodeServer.setTls(server, options, tls)
  }
})

/** What is to be done when a socket closes; the decision about it is stopped where that still goes on. */
interface Held {
  stop: (() => void) | undefined
}

// what listens for the end of a socket is made apart: it would else keep the request for as long as the socket is open

const track = (socket: Duplex, among: Set<Duplex>): void => {
  among.add(socket)
  socket.on("error", () => socket.destroy())
  socket.once("close", () => among.delete(socket))
}

const holding = (socket: Duplex, release: () => void): Held => {
  const held: Held = { stop: undefined }
  socket.once("close", () => {
    release()
    held.stop?.()
  })
  return held
}

const pathOf = (request: IncomingMessage): string => (request.url ?? "").split("?", 1)[0] ?? ""

const doorOf = (
  paths: Readonly<Record<string, SocketAccept | SocketDoor>>,
  request: IncomingMessage
): SocketDoor | undefined => {
  const served = paths[pathOf(request)]
  return typeof served === "function" ? undefined : served
}

/** What a client may be spoken to in, as it says. */
const offeredBy = (request: IncomingMessage): ReadonlyArray<string> =>
  (request.headersDistinct["sec-websocket-protocol"] ?? [])
    .flatMap((header) => header.split(","))
    .map((name) => name.trim())
    .filter((name) => name !== "")

const refusalFor = (error: NotLetIn | LockedOut): RequestGuard.Refusal => {
  switch (error._tag) {
    case "LockedOut":
      return { status: 429, reason: error.message, retryAfter: Math.ceil(error.retryAfterMillis / 1000) }
    case "NobodyNow":
      return { status: 503, reason: error.message }
    case "Unauthenticated":
      return { status: 401, reason: error.message }
  }
}
