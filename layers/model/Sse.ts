/**
 * Server-sent events from bytes. The line grammar is the library's; here are the bytes (a character may be split over
 * chunks), the limit, and the end (a last event without its blank line counts).
 */
import { makeParser } from "effect/encoding/Sse"

export interface SseEvent {
  readonly event: string
  readonly data: string
}

/** The longest event taken, in code units. */
export const maxEventSize = 1_048_576

export class SseDecoder {
  readonly #text = new TextDecoder()
  #events: Array<SseEvent> = []
  readonly #parser = makeParser(
    (event) => {
      if (event._tag === "Event") this.#events.push({ event: event.event, data: event.data })
    },
    { maxEventSize, dispatchEmptyNamedEvents: true }
  )

  /** The events that `bytes` completes; undefined once one has grown over the limit. */
  push(bytes: Uint8Array): ReadonlyArray<SseEvent> | undefined {
    return this.#feed(this.#text.decode(bytes, { stream: true }))
  }

  /** What the end of the stream completes. */
  end(): ReadonlyArray<SseEvent> | undefined {
    return this.#feed(`${this.#text.decode()}\n\n`)
  }

  #feed(text: string): ReadonlyArray<SseEvent> | undefined {
    if (this.#parser.feed(text) !== undefined) return undefined
    const events = this.#events
    this.#events = []
    return events
  }
}
