/** A JSON-RPC client over a WebSocket that knows nothing of exoclaw's own code. */
import { type ClientOptions, WebSocket } from "ws"

export interface RpcError {
  readonly code: number
  readonly message: string
  readonly data?: any
}

/** One event of a turn, as `chat.event` carries it. */
export interface Event {
  readonly requestId: unknown
  readonly turnId: string
  readonly seq: number
  readonly type: string
  readonly data: any
}

/** A response that was an error. */
export class Refused extends Error {
  readonly code: number
  readonly data: any
  constructor(error: RpcError) {
    super(`${error.code}: ${error.message}`)
    this.code = error.code
    this.data = error.data
  }
}

/** What came for one request: its notifications, and its result or error. */
export interface Answer {
  readonly result: any
  readonly error: RpcError | undefined
  readonly events: ReadonlyArray<Event>
}

interface Pending {
  readonly events: Array<Event>
  readonly settle: (answer: Answer) => void
  readonly fail: (error: Error) => void
  readonly onEvent: ((event: Event) => void) | undefined
}

export class JsonRpcClient {
  readonly socket: WebSocket
  /** Every frame in the order it came, as text. */
  readonly frames: Array<string> = []
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  readonly #pending = new Map<unknown, Pending>()
  readonly #opened: Promise<void>
  #nextId = 1

  constructor(url: string, token?: string, options: ClientOptions = {}) {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    this.socket = new WebSocket(url, {
      perMessageDeflate: false,
      ...options,
      headers: { ...headers, ...options.headers }
    })
    this.#opened = new Promise((resolve, reject) => {
      this.socket.once("open", resolve)
      this.socket.once("error", reject)
      this.socket.once("close", (code) => reject(new Error(`closed with ${code} before it was open`)))
    })
    this.#opened.catch(() => undefined)
    this.closed = new Promise((resolve) => {
      this.socket.once("close", (code, reason) => {
        for (const pending of this.#pending.values()) pending.fail(new Error(`the socket closed with ${code}`))
        this.#pending.clear()
        resolve({ code, reason: reason.toString() })
      })
    })
    this.socket.on("error", () => undefined)
    this.socket.on("message", (bytes) => this.#take(String(bytes)))
  }

  static async open(url: string, token?: string, options?: ClientOptions): Promise<JsonRpcClient> {
    const client = new JsonRpcClient(url, token, options)
    await client.#opened
    return client
  }

  #take(text: string): void {
    this.frames.push(text)
    const message: any = JSON.parse(text)
    if (message.method !== undefined) {
      const pending = this.#pending.get(message.params.requestId)
      pending?.events.push(message.params)
      pending?.onEvent?.(message.params)
      return
    }
    const pending = this.#pending.get(message.id)
    this.#pending.delete(message.id)
    pending?.settle({ result: message.result, error: message.error, events: pending.events })
  }

  /** Sends a request and gives everything that came for it, errors included. */
  ask(method: string, params?: unknown, onEvent?: (event: Event) => void): Promise<Answer> {
    const id = this.#nextId++
    const answer = new Promise<Answer>((settle, fail) => {
      this.#pending.set(id, { events: [], settle, fail, onEvent })
      this.socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }), (error) => {
        if (error instanceof Error) fail(error)
      })
    })
    // a test that ends early does not wait for it
    answer.catch(() => undefined)
    return answer
  }

  /** The result of a request; throws `Refused` where it is an error. */
  async call(method: string, params?: unknown): Promise<any> {
    const { error, result } = await this.ask(method, params)
    if (error !== undefined) throw new Refused(error)
    return result
  }

  async close(): Promise<void> {
    this.socket.close()
    await this.closed
  }
}
