/** JSON-RPC 2.0 over one WebSocket: numbers the calls and hands each answer and event to the call it belongs to. */
import { closedWith, ConnectionFailure, GatewayFailure } from "./Failure.ts"

/** What is used of a WebSocket; the global one of browsers and Node fits, and so does that of the package `ws`. */
export interface Socket {
  readonly readyState: number
  send(frame: string): void
  close(code?: number, reason?: string): void
  addEventListener(type: "open" | "error", listener: () => void): void
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: "close", listener: (event: { readonly code: number; readonly reason: string }) => void): void
}

/** A running call. */
export interface Call {
  readonly id: number
  readonly result: Promise<unknown>
}

interface Pending {
  readonly succeed: (result: unknown) => void
  readonly fail: (failure: Error) => void
  readonly onEvent: ((params: unknown) => void) | undefined
}

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const open = 1

export class Connection {
  /** Settles with the reason when the connection is closed, by whichever side. */
  readonly closed: Promise<ConnectionFailure>
  readonly #socket: Socket
  readonly #pending = new Map<number, Pending>()
  #nextId = 1
  #failure: ConnectionFailure | undefined

  /** Over a socket that is open. */
  constructor(socket: Socket) {
    this.#socket = socket
    socket.addEventListener("message", ({ data }) => this.#receive(data))
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code, reason }) => {
        this.#failure ??= closedWith(code, reason)
        for (const { fail } of this.#pending.values()) fail(this.#failure)
        this.#pending.clear()
        resolve(this.#failure)
      })
    })
  }

  /** Calls a method; `onEvent` gets what its notifications carry, all of it before the result. */
  call(method: string, params: unknown, onEvent?: (params: unknown) => void): Call {
    const id = this.#nextId++
    const result = new Promise<unknown>((succeed, fail) => {
      if (this.#failure !== undefined || this.#socket.readyState !== open) {
        return fail(this.#failure ?? new ConnectionFailure("The connection is closed."))
      }
      this.#pending.set(id, { succeed, fail, onEvent })
      this.#socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }))
    })
    return { id, result }
  }

  /** Stops waiting for a call and tells the gateway so. What it did stays done. */
  abandon(id: number): void {
    if (!this.#pending.delete(id) || this.#socket.readyState !== open) return
    this.#socket.send(JSON.stringify({ jsonrpc: "2.0", method: "rpc.cancel", params: { id } }))
  }

  /** Ends the connection; calls that run are rejected. */
  close(): Promise<void> {
    this.#failure ??= new ConnectionFailure("The connection was closed by this program.", 1000)
    this.#socket.close(1000)
    return this.closed.then(() => undefined)
  }

  #receive(data: unknown): void {
    const message = readFrame(data)
    if (message === undefined) return
    if (typeof message["method"] === "string") return this.#event(message["params"])
    const pending = typeof message["id"] === "number" ? this.#take(message["id"]) : undefined
    if (pending === undefined) return
    const error = message["error"]
    if (error === undefined) pending.succeed(message["result"])
    else pending.fail(failureOf(error))
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    return pending
  }

  #event(params: unknown): void {
    if (!isFields(params) || typeof params["requestId"] !== "number") return
    this.#pending.get(params["requestId"])?.onEvent?.(params)
  }
}

/** The frame's message; a gateway speaks text that holds one object, anything else concerns no call. */
const readFrame = (data: unknown): Fields | undefined => {
  if (typeof data !== "string") return undefined
  // JSON tells of bad text by throwing
  try {
    const message: unknown = JSON.parse(data)
    return isFields(message) ? message : undefined
  } catch {
    return undefined
  }
}

const failureOf = (error: unknown): GatewayFailure => {
  const { code, data, message } = isFields(error) ? error : {}
  return new GatewayFailure(
    typeof code === "number" ? code : -32603,
    typeof message === "string" ? message : "The gateway sent an error without a message.",
    data
  )
}
