/** A socket without a network: what is sent goes to a function, and the test says what comes back. */
import type { Socket } from "../../layers/client/Connection.ts"

export interface Request {
  readonly id?: number
  readonly method: string
  readonly params?: any
}

type Answer = (request: Request, socket: FakeSocket) => void

export class FakeSocket implements Socket {
  readyState = 0
  readonly sent: Array<Request> = []
  readonly #listeners = new Map<string, Array<(event: any) => void>>()
  readonly #answer: Answer

  constructor(answer: Answer = () => undefined, opens = true) {
    this.#answer = answer
    queueMicrotask(() => {
      if (this.readyState !== 0) return
      this.readyState = opens ? 1 : 3
      this.#tell(opens ? "open" : "error", {})
    })
  }

  addEventListener(type: string, listener: (event: any) => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener])
  }

  send(frame: string): void {
    const request = JSON.parse(frame)
    this.sent.push(request)
    this.#answer(request, this)
  }

  close(code = 1005): void {
    this.drop(code)
  }

  /** The other side closes. */
  drop(code: number, reason = ""): void {
    if (this.readyState === 3) return
    this.readyState = 3
    this.#tell("close", { code, reason })
  }

  deliver(data: unknown): void {
    this.#tell("message", { data: typeof data === "object" ? JSON.stringify(data) : data })
  }

  result(id: unknown, result: unknown): void {
    this.deliver({ jsonrpc: "2.0", id, result })
  }

  error(id: unknown, code: number, message: string, data?: unknown): void {
    this.deliver({ jsonrpc: "2.0", id, error: { code, message, data } })
  }

  event(requestId: unknown, seq: number, type: string, data: unknown): void {
    const params = { requestId, turnId: "turn_0000000000000000", seq, type, data }
    this.deliver({ jsonrpc: "2.0", method: "chat.event", params })
  }

  #tell(type: string, event: unknown): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event)
  }
}

export const chatResult = {
  turnId: "turn_0000000000000000",
  sessionKey: "default:websocket:local:main",
  text: "hello",
  stopReason: "end_turn",
  receipt: null
}
