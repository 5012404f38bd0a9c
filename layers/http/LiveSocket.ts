/** One open WebSocket: its connection, its deadline, its heartbeat, and what its frames become. */
import type { WebSocket } from "ws"
import { closeCodes, type Connection, type ConnectionInfo } from "../../src/gateway/Connection.ts"
import type { SocketAccept, SocketHandlers, SocketPeer } from "../../src/gateway/SocketProtocol.ts"
import type { SealedPrincipal } from "../../src/identity/Principal.ts"
import type { Limits } from "./Limits.ts"
import * as WebSocketPeer from "./WebSocketPeer.ts"

export interface Options {
  readonly ws: WebSocket
  readonly info: ConnectionInfo
  readonly path: string
  readonly listener: "client" | "operator"
  readonly bound: Connection["bound"]
  readonly openedAt: number
  readonly limits: Limits
  /** Called once, when nothing more will be taken from it. */
  readonly onEnd: () => void
  /** The protocol threw. */
  readonly onDefect: () => void
}

export class LiveSocket {
  readonly connection: Connection
  readonly #options: Options
  readonly #peer: SocketPeer
  #handlers: SocketHandlers | undefined
  #principal: SealedPrincipal | undefined
  #deadline: NodeJS.Timeout | undefined
  #isAlive = true
  #hasEnded = false

  constructor(options: Options) {
    this.#options = options
    this.#peer = WebSocketPeer.make(options.info.id, options.ws, options.limits)
    this.connection = {
      ...options.info,
      path: options.path,
      listener: options.listener,
      bound: options.bound,
      openedAt: options.openedAt,
      bufferedAmount: this.#peer.bufferedAmount,
      principal: () => this.#principal,
      authenticate: (principal) => this.#authenticate(principal),
      close: (code, reason) => this.#close(code, reason)
    }
  }

  /** Hands the connection to its protocol and begins to read. */
  start(accept: SocketAccept, principal: SealedPrincipal | undefined): void {
    const { limits, ws } = this.#options
    ws.on("error", () => this.#end())
    ws.on("close", () => this.#end())
    ws.on("pong", () => {
      this.#isAlive = true
    })
    ws.on("message", (data: Buffer, isBinary) => this.#receive(data, isBinary))
    if (principal === undefined) {
      const expire = () => this.#close(closeCodes.unauthenticated, "not authenticated in time")
      this.#deadline = setTimeout(expire, limits.authTimeout)
    } else {
      this.#authenticate(principal)
    }
    this.#guarded(() => {
      this.#handlers = accept(this.connection, this.#peer, this.#options.ws.protocol)
      // the protocol may have closed the connection while it took it over
      if (this.#hasEnded) this.#handlers.onClose()
    })
  }

  /** One heartbeat: drops a peer that was silent since the last. */
  beat(): void {
    if (!this.#isAlive) return this.#options.ws.terminate()
    this.#isAlive = false
    this.#options.ws.ping()
  }

  /** Lets the protocol say its last word, and closes. */
  shutdown(): void {
    if (!this.#hasEnded) this.#guarded(() => this.#handlers?.onShutdown?.())
    this.#close(1001, "shutting down")
  }

  #authenticate(principal: SealedPrincipal): void {
    this.#principal = principal
    clearTimeout(this.#deadline)
    WebSocketPeer.raiseFrameLimit(this.#options.ws, this.#options.limits.maxFrame)
  }

  #receive(data: Buffer, isBinary: boolean): void {
    // frames that were under way when the connection was closed are no longer served
    if (this.#hasEnded) return
    this.#isAlive = true
    const handle = isBinary ? this.#handlers?.onBinary : this.#handlers?.onText
    if (handle === undefined) return this.#close(1003, isBinary ? "text frames only" : "binary frames only")
    this.#guarded(() => {
      if (isBinary) this.#handlers?.onBinary?.(data)
      else this.#handlers?.onText?.(data.toString("utf8"))
    })
  }

  // a protocol's exception would otherwise end the process, and with it everybody's connection
  #guarded(run: () => void): void {
    try {
      run()
    } catch {
      this.#options.onDefect()
      this.#close(1011, "internal error")
    }
  }

  #close(code: number, reason: string): void {
    this.#end()
    WebSocketPeer.close(this.#options.ws, code, reason)
  }

  #end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    clearTimeout(this.#deadline)
    this.#options.onEnd()
    this.#handlers?.onClose()
  }
}
