/** What the vendor adapters share: one POST, its refusals as typed errors, its events through a decoder. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { IncomingMessage } from "node:http"
import type { ModelError } from "../../src/model/ModelError.ts"
import type { ModelPart } from "../../src/model/ModelRequest.ts"
import type { Encoding } from "../../src/model/Tokenizer.ts"
import { ofBreak, ofNoResponse, ofNoStream, ofProtocol, ofStatus, retryAfterMs, scrubbed } from "./Failure.ts"
import { finish, post, read, readText } from "./HttpClient.ts"
import { SseDecoder, type SseEvent } from "./Sse.ts"

export interface Timeouts {
  readonly connectMs: number
  readonly responseMs: number
  /** Longest time without an event. */
  readonly idleMs: number
}

export const defaultTimeouts: Timeouts = { connectMs: 10_000, responseMs: 170_000, idleMs: 170_000 }

/** Tokens of all texts together, by a published vocabulary; undefined where that cannot be told. */
export type CountTokens = (encoding: Encoding, texts: ReadonlyArray<string>) => Effect.Effect<number | undefined>

/** What a decoder makes of one event, or of the end of the stream. */
export interface Decoded {
  readonly parts: ReadonlyArray<ModelPart>
  /** The vendor has said its last word; what follows is not read. */
  readonly done?: boolean
  readonly error?: ModelError
}

/** One answer of a vendor, event by event. */
export interface AnswerDecoder {
  readonly event: (event: SseEvent) => Decoded
  /** The stream ended without the vendor's own terminator. */
  readonly end: () => Decoded
}

export interface Exchange {
  readonly provider: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly key: Redacted.Redacted<string> | undefined
  readonly timeouts: Timeouts
}

/** The response if it is a success. */
export const send = (exchange: Exchange): Effect.Effect<IncomingMessage, ModelError, Scope.Scope> =>
  Effect.gen(function* () {
    const { body, headers, key, provider, timeouts, url } = exchange
    const response = yield* Effect.mapError(post({ url, headers, body, ...timeouts }), (failure) =>
      ofNoResponse(provider, failure)
    )
    const status = response.statusCode ?? 0
    if (status >= 200 && status < 300) return response
    const text = yield* readText(response, 16_384, 5_000)
    const wait = retryAfterMs(response.headers, yield* Clock.currentTimeMillis)
    return yield* ofStatus(provider, status, { body: text, retryAfterMs: wait, key })
  })

// a server that says nothing of its body is taken at its bytes
const contentType = (response: IncomingMessage): string =>
  (response.headers["content-type"] ?? "text/event-stream").toLowerCase()

/** The parts of a streamed answer. */
export const streamParts = (exchange: Exchange, decoder: AnswerDecoder): Stream.Stream<ModelPart, ModelError> =>
  Stream.scoped(
    Stream.fromPull(
      Effect.gen(function* () {
        const { provider } = exchange
        const response = yield* send(exchange)
        const type = contentType(response)
        if (!type.includes("text/event-stream")) return yield* ofNoStream(provider, type)
        const sse = new SseDecoder()
        let done = false
        let failure: ModelError | undefined

        const take = (events: ReadonlyArray<SseEvent> | undefined): Array<ModelPart> => {
          const parts: Array<ModelPart> = []
          if (events === undefined) failure = ofProtocol(provider, "an event is longer than the limit")
          for (const event of events ?? []) {
            if (done || failure !== undefined) break
            apply(decoder.event(event), parts)
          }
          return parts
        }
        const apply = (decoded: Decoded, parts: Array<ModelPart>): void => {
          parts.push(...decoded.parts)
          done ||= decoded.done === true
          failure = decoded.error === undefined ? undefined : scrubbed(decoded.error, exchange.key)
        }

        return Effect.gen(function* () {
          // whoever sends comments, or bytes that never become an event, says nothing
          let heard = performance.now()
          for (;;) {
            if (failure !== undefined) return yield* failure
            if (done) {
              finish(response)
              return yield* Cause.done()
            }
            const left = exchange.timeouts.idleMs - (performance.now() - heard)
            if (left <= 0) return yield* ofBreak(provider, "ETIMEDOUT")
            const chunk = yield* Effect.mapError(read(response, left), (code) => ofBreak(provider, code))
            const events = chunk === undefined ? sse.end() : sse.push(chunk)
            if (events !== undefined && events.length > 0) heard = performance.now()
            const parts = take(events)
            if (chunk === undefined && !done && failure === undefined) {
              apply(decoder.end(), parts)
              done = true
            }
            const [first, ...rest] = parts
            if (first !== undefined) return [first, ...rest] as const
          }
        })
      })
    )
  )
