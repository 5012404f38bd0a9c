/** The calls in flight on one connection and their answers: every request gets exactly one, batches theirs together. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Headers from "effect/http/Headers"
import * as JsonRpc from "../../src/gateway/JsonRpc.ts"
import type { MethodCodec } from "./JsonRpcCodec.ts"

/** What the protocol needs of a connection. Sending never fails: a lost connection shows in the session's `close`. */
export interface Peer {
  /** Unique among the protocol's peers. */
  readonly id: number
  /** Sends a frame at once; the transport drops a peer that lets too much queue up. */
  readonly send: (frame: string) => void
  /** Sends a frame and waits while more than the high-water mark is queued. */
  readonly write: (frame: string) => Effect.Effect<void>
  /** Bytes queued and not yet taken by the network. */
  readonly bufferedAmount: () => number
}

/** How a streaming method's elements appear on the wire. */
export interface StreamRule<Element> {
  /** Method name of the notification each element is sent as, such as `chat.event`. */
  readonly notification: string
  /** True for the element that becomes the response's `result` instead; at most one per stream. */
  readonly isResult: (element: Element) => boolean
}

/** Answers collected for one batch. */
export interface Batch {
  remaining: number
  readonly responses: Array<string>
}

export interface Call {
  /** Our number for it: a caller's ids may repeat as null, or not exist. */
  readonly key: number
  /** The caller's id; null also for a notification. */
  readonly id: JsonRpc.Id
  readonly isNotification: boolean
  readonly codec: MethodCodec
  readonly rule: StreamRule<unknown>
  readonly batch: Batch | undefined
  /** The encoded result element of a stream, once it came. */
  result: Option.Option<unknown>
}

export class Dialogue {
  readonly peer: Peer
  readonly headers: Headers.Headers
  readonly #calls = new Map<number, Call>()
  readonly #byId = new Map<JsonRpc.Id, Call>()
  #nextKey = 1

  constructor(peer: Peer, headers: Headers.Headers) {
    this.peer = peer
    this.headers = headers
  }

  /** Requests and notifications that run now. */
  get size(): number {
    return this.#calls.size
  }

  call(key: number): Call | undefined {
    return this.#calls.get(key)
  }

  /** The running call of a caller's id. Not for null: it may stand for many. */
  callOf(id: string | number): Call | undefined {
    return this.#byId.get(id)
  }

  begin(call: Omit<Call, "key" | "result">): Call {
    const begun: Call = { ...call, key: this.#nextKey++, result: Option.none() }
    this.#calls.set(begun.key, begun)
    this.#byId.set(begun.id, begun)
    return begun
  }

  /** Forgets a call; false when it had been answered before. */
  end(call: Call): boolean {
    this.#byId.delete(call.id)
    return this.#calls.delete(call.key)
  }

  /** Answers a call, once. */
  answer(call: Call, frame: string): void {
    if (this.end(call) && !call.isNotification) this.reply(call.batch, frame)
  }

  /** Sends a response, or lays it into its batch. */
  reply(batch: Batch | undefined, frame: string): void {
    if (batch === undefined) return this.peer.send(frame)
    batch.responses.push(frame)
    batch.remaining -= 1
    if (batch.remaining === 0) this.peer.send(JsonRpc.batchFrame(batch.responses))
  }

  /** Sends one stream element, or keeps it as the result. False when the handler broke its own schema. */
  element(call: Call, value: unknown): Effect.Effect<boolean> {
    const encoded = call.codec.encodeValue(value)
    if (Option.isNone(encoded)) return Effect.succeed(false)
    if (call.rule.isResult(value)) {
      call.result = encoded
      return Effect.succeed(true)
    }
    const frame = stringify(() =>
      JsonRpc.notificationFrame(call.rule.notification, eventParams(call.id, encoded.value))
    )
    return frame === undefined ? Effect.succeed(false) : Effect.as(this.peer.write(frame), true)
  }
}

const eventParams = (requestId: JsonRpc.Id, element: unknown): unknown =>
  typeof element === "object" && element !== null && !Array.isArray(element)
    ? { ...element, requestId }
    : { requestId, value: element }

/** The text of a result, or of an internal error where the value has no JSON. */
export const resultOrError = (id: JsonRpc.Id, value: Option.Option<unknown>): string =>
  (Option.isSome(value) ? stringify(() => JsonRpc.resultFrame(id, value.value)) : undefined) ??
  JsonRpc.errorFrame(id, JsonRpc.internalError)

// JSON.stringify throws on cycles and big integers, which a schema of unknowns lets through.
const stringify = (build: () => string): string | undefined => {
  try {
    return build()
  } catch {
    return undefined
  }
}
