/** One connection to the bus, from its hello to its end: numbers requests and gives each its one answer. */
import { ConnectionFailure } from "../Failure.ts"
import type { BusEvent } from "./Events.ts"
import { BusFailure } from "./Failure.ts"
import * as Wire from "./Wire.ts"

/** What is used of a WebSocket; the global one of browsers and Node fits, and so does that of the package `ws`. */
export interface BusSocket {
  binaryType: string
  readonly readyState: number
  send(frame: string | Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
  addEventListener(type: "open" | "error", listener: () => void): void
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: "close", listener: (event: { readonly code: number; readonly reason: string }) => void): void
}

export interface SessionOptions {
  readonly json: boolean
  readonly onEvent: (event: BusEvent) => void
  /** The server will close the connection and wants this client to wait so many milliseconds. */
  readonly onDrain: (waitMs: number) => void
  /** Called once. `failure` is the error that the server gave for it, if any. */
  readonly onEnd: (code: number, reason: string, failure: BusFailure | undefined) => void
  /** Every request has its answer. */
  readonly onIdle: () => void
}

interface Pending {
  readonly succeed: (answer: Wire.Answer) => void
  readonly fail: (failure: Error) => void
}

const isOpen = 1

export class Session {
  readonly #socket: BusSocket
  readonly #options: SessionOptions
  readonly #pending = new Map<number, Pending>()
  #next = 1
  #hasEnded = false
  #lastError: BusFailure | undefined
  /** When the server was last heard, as `performance.now` tells it. */
  heardAt = performance.now()

  /** Requests without an answer. */
  get waiting(): number {
    return this.#pending.size
  }

  /** Over a socket that is open. */
  constructor(socket: BusSocket, options: SessionOptions) {
    this.#socket = socket
    this.#options = options
    socket.addEventListener("message", ({ data }) => this.#receive(data))
    socket.addEventListener("close", ({ code, reason }) => this.#end(code, reason))
  }

  /**
   * Sends a request. `answered` is called with its answer before anything that comes after it is read; what it throws is
   * the failure.
   */
  ask<A>(frame: Wire.Ask, answered: (answer: Wire.Answer) => A): Promise<A> {
    return new Promise((resolve, reject) => {
      if (this.#hasEnded || this.#socket.readyState !== isOpen) {
        return reject(new ConnectionFailure("The connection is closed."))
      }
      const request = this.#next++
      const succeed = (answer: Wire.Answer) => {
        try {
          resolve(answered(answer))
        } catch (failure) {
          reject(failure instanceof Error ? failure : new Error("unknown"))
        }
      }
      this.#pending.set(request, { succeed, fail: reject })
      this.#socket.send(Wire.write(request, frame, this.#options.json))
    })
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
    // a server that does not answer the close would keep it open for long
    this.#end(code, reason)
  }

  #receive(data: unknown): void {
    if (this.#hasEnded) return
    this.heardAt = performance.now()
    const received = Wire.read(data)
    if (received === undefined) return this.close(1007, "not a frame")
    const { frame, request } = received
    if (request !== 0) {
      const pending = this.#pending.get(request)
      this.#pending.delete(request)
      if (frame.case === "error") {
        this.#lastError = Wire.failure(frame.value)
        pending?.fail(this.#lastError)
      } else pending?.succeed(frame)
      if (this.#pending.size === 0) this.#options.onIdle()
      return
    }
    if (frame.case === "error") this.#lastError = Wire.failure(frame.value)
    else if (frame.case === "drain") this.#options.onDrain(frame.value.reconnectAfterMs)
    else {
      const event = Wire.event(frame)
      if (event !== undefined) this.#options.onEvent(event)
    }
  }

  #end(code: number, reason: string): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    const failure = new ConnectionFailure(`The connection was closed: ${reason === "" ? code : reason}.`, code)
    for (const { fail } of this.#pending.values()) fail(failure)
    this.#pending.clear()
    this.#options.onEnd(code, reason, this.#lastError)
  }
}
