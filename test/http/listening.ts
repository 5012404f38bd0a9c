/** A real listener on a free port with the test group behind it, and small clients to knock on it. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as http from "node:http"
import * as net from "node:net"
import { type ClientOptions, WebSocket } from "ws"
import * as AuthBackoff from "../../layers/http/AuthBackoff.ts"
import * as ConnectionsLayer from "../../layers/http/Connections.ts"
import * as JsonRpcProtocol from "../../layers/http/JsonRpcProtocol.ts"
import * as WebSocketListener from "../../layers/http/WebSocketListener.ts"
import type { SocketPeer } from "../../src/gateway/SocketProtocol.ts"
import { closeCodes, Connections } from "../../src/gateway/Connection.ts"
import { defaultTenant, PrincipalId } from "../../src/domain/Ids.ts"
import { Authenticator, Unauthenticated } from "../../src/identity/Authenticator.ts"
import { Api, Doorman, doorman, handlers, Observed, streams } from "./api.ts"

type ServeOptions = WebSocketListener.Options<never, never>

const httpApp = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  if (request.method !== "POST") return HttpServerResponse.text(`got ${request.url}`)
  return yield* request.text.pipe(
    Effect.map((text) => HttpServerResponse.text(`took ${text.length}`)),
    Effect.catch(() => Effect.succeed(HttpServerResponse.text("too large", { status: 413 })))
  )
})

const authenticatorLayer = Authenticator.layerWith(
  Effect.succeed({
    verify: () => Effect.fail(new Unauthenticated({ message: "unused" })),
    valid: () => Effect.succeed(true)
  })
)

/** Serves the test group at `/ws`; `Bearer good` is a principal, no header may log in, all else is refused. */
export const listening = (options: Partial<ServeOptions> = {}) =>
  Effect.gen(function* () {
    const observed = new Observed()
    const closed = yield* Queue.unbounded<number>()
    const context = yield* Layer.build(
      Layer.mergeAll(
        handlers(observed),
        Layer.succeed(Doorman, doorman(observed)),
        ConnectionsLayer.layer,
        AuthBackoff.layer,
        authenticatorLayer
      )
    )
    return yield* Effect.gen(function* () {
      const connections = yield* Connections
      const authenticator = yield* Authenticator
      const principal = authenticator.internal({ id: PrincipalId.make("test"), tenant: defaultTenant, scopes: [] })
      observed.onLogin = (client, token) => {
        if (token === "good") connections.get(client)?.authenticate(principal)
        return token === "good"
      }
      const open = yield* JsonRpcProtocol.make(Api, { streams })
      const peers: Array<SocketPeer> = []
      const listener = yield* WebSocketListener.serve({
        name: "client",
        host: "127.0.0.1",
        port: 0,
        http: httpApp,
        paths: {
          "/ws": (connection, peer) => {
            const session = open(peer, connection)
            peers.push(peer)
            return {
              onText: session.onText,
              onClose: () => {
                Queue.offerUnsafe(closed, connection.id)
                session.close()
              }
            }
          },
          "/binary": (connection) => ({
            // closes at its first frame, and counts what it is given
            onBinary: () => {
              observed.produced += 1
              connection.close(closeCodes.disconnected, "enough")
            },
            onClose: () => undefined
          }),
          "/refuses": (connection) => {
            connection.close(1008, "not here")
            return { onText: () => undefined, onClose: () => void Queue.offerUnsafe(closed, connection.id) }
          },
          "/unable": () => {
            throw new Error("a protocol's mistake")
          },
          "/throws": () => ({
            onText: () => {
              throw new Error("a protocol's mistake")
            },
            onClose: () => undefined
          })
        },
        authenticate: (info) =>
          info.authorization === undefined
            ? Effect.succeed(undefined)
            : info.authorization === "Bearer good"
              ? Effect.succeed(principal)
              : Effect.fail(new Unauthenticated({ message: "The token is not valid." })),
        ...options
      })
      const ws = `${listener.url.replace("http", "ws")}/ws`
      /** Id of the next connection that the listener saw end. */
      const nextClosed = Queue.take(closed)
      return { listener, connections, observed, peers, nextClosed, ws, principal }
    }).pipe(Effect.provideContext(context))
  }) satisfies Effect.Effect<unknown, unknown, Scope.Scope>

export const good: ClientOptions = { headers: { authorization: "Bearer good" } }

/** A plain WebSocket client whose frames are awaited one by one. */
export class Client {
  readonly ws: WebSocket
  readonly opened: Promise<void>
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  readonly #frames: Array<string> = []
  readonly #waiting: Array<(frame: string) => void> = []

  constructor(url: string, options?: ClientOptions) {
    this.ws = new WebSocket(url, options)
    this.closed = new Promise((resolve) => {
      this.ws.on("close", (code, reason) => resolve({ code, reason: reason.toString() }))
    })
    this.opened = new Promise((resolve, reject) => {
      this.ws.on("open", resolve)
      this.ws.on("error", reject)
    })
    // who only waits for the end does not care how the opening failed
    this.opened.catch(() => undefined)
    this.ws.on("message", (data) => {
      const frame = String(data)
      const waiting = this.#waiting.shift()
      if (waiting === undefined) this.#frames.push(frame)
      else waiting(frame)
    })
  }

  next(): Promise<any> {
    const frame = this.#frames.shift()
    if (frame !== undefined) return Promise.resolve(JSON.parse(frame))
    return new Promise((resolve) => this.#waiting.push((text) => resolve(JSON.parse(text))))
  }

  send(message: unknown): void {
    this.ws.send(typeof message === "string" ? message : JSON.stringify(message))
  }

  async ask(method: string, params?: unknown, id: unknown = 1): Promise<any> {
    this.send({ jsonrpc: "2.0", id, method, params })
    return this.next()
  }
}

/** A client that is open; closed with the scope. */
export const connect = (url: string, options?: ClientOptions): Effect.Effect<Client, unknown, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise(async () => {
      const client = new Client(url, options)
      await client.opened
      return client
    }),
    (client) => Effect.sync(() => client.ws.terminate())
  )

export interface Answer {
  readonly status: number
  readonly body: string
  readonly headers: http.IncomingHttpHeaders
}

/** One HTTP request with exactly these headers; an upgrade that succeeds has status 101. */
export const request = (url: string, options: http.RequestOptions & { readonly body?: string } = {}) =>
  Effect.tryPromise(
    () =>
      new Promise<Answer>((resolve, reject) => {
        const outgoing = http.request(url, { agent: false, ...options })
        outgoing.on("error", reject)
        outgoing.on("upgrade", (response, socket) => {
          socket.destroy()
          resolve({ status: 101, body: "", headers: response.headers })
        })
        outgoing.on("response", (response) => {
          let body = ""
          response.on("data", (chunk) => (body += String(chunk)))
          response.on("end", () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }))
        })
        outgoing.end(options.body)
      })
  )

export const upgradeHeaders = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="
}

/** The status an upgrade with these headers gets. */
export const knock = (url: string, headers: http.OutgoingHttpHeaders = {}) =>
  request(url.replace(/^ws/, "http"), { headers: { ...upgradeHeaders, ...headers } })

/** Writes these bytes on a bare socket and gives what came back when the other side closed it. */
export const bare = (port: number, bytes: string) =>
  Effect.promise(
    () =>
      new Promise<string>((resolve) => {
        let received = ""
        const socket = net.connect(port, "127.0.0.1", () => socket.write(bytes))
        socket.on("data", (chunk) => (received += String(chunk)))
        socket.on("error", () => undefined)
        socket.on("close", () => resolve(received))
      })
  )

/** A socket that sends these bytes and never closes its own side, whatever the other does. */
export const halfOpen = (port: number, bytes: string) =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<{ readonly socket: net.Socket; readonly answered: Promise<void> }>((resolve) => {
          const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true })
          const answered = new Promise<void>((done) => socket.once("data", () => done()))
          socket.on("error", () => undefined)
          socket.write(bytes, () => resolve({ socket, answered }))
        })
    ),
    ({ socket }) => Effect.sync(() => socket.destroy())
  )
