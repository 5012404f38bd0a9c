/** A turn as its requester sees it: the events as they come, and the result. */
import type { Connection } from "./Connection.ts"
import type { ChatEvent, ChatResult } from "./Methods.ts"

/**
 * A running turn. Iterating gives its events, each once, ends after `done`, and throws what `result` rejects with.
 * Who stops iterating stops watching: the turn goes on, and `result` still comes.
 */
export interface Chat extends AsyncIterable<ChatEvent> {
  readonly result: Promise<ChatResult>
  /** Stops the turn at the gateway; false when it was over already. What it used until then is paid for. */
  readonly cancel: () => Promise<boolean>
}

/** Values for one reader that may be slower or faster than the writer. */
class Feed<A> {
  readonly #waiting: Array<A> = []
  #wake: (() => void) | undefined
  #ended = false

  push(value: A): void {
    this.#waiting.push(value)
    this.#wake?.()
  }

  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  async *read(): AsyncGenerator<A> {
    while (true) {
      const next = this.#waiting.shift()
      if (next !== undefined) yield next
      else if (this.#ended) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

/** Starts a streaming method on a connection. */
export const startChat = (connection: Connection, method: "chat.send" | "chat.resume", params: unknown): Chat => {
  const feed = new Feed<ChatEvent>()
  let named: (turnId: string) => void
  const turnId = new Promise<string>((resolve) => (named = resolve))
  const call = connection.call(method, params, (event) => {
    // the contract's shape; the same gateway wrote it that this client was built for
    const typed = event as ChatEvent
    named(typed.turnId)
    feed.push(typed)
  })
  const result = call.result as Promise<ChatResult>
  const over = result.then(
    () => feed.end(),
    () => feed.end()
  )
  return {
    result,
    cancel: async () => {
      const turn = await Promise.race([turnId, over.then(() => undefined)])
      if (turn === undefined) return false
      const answer = await connection.call("chat.cancel", { turnId: turn }).result
      return (answer as { readonly cancelled: boolean }).cancelled
    },
    async *[Symbol.asyncIterator]() {
      yield* feed.read()
      await result
    }
  }
}
