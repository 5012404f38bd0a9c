/** Anthropic's models, and servers that speak their wire. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { ModelAdapter } from "../../src/model/ModelAdapter.ts"
import type { ModelError } from "../../src/model/ModelError.ts"
import type { ModelRequest } from "../../src/model/ModelRequest.ts"
import { anthropicBody, anthropicBound, anthropicContent } from "./AnthropicRequest.ts"
import { anthropicDecoder } from "./AnthropicStream.ts"
import { encoding } from "./Encode.ts"
import { endpoint } from "./Endpoint.ts"
import { ofNoResponse, ofStatus } from "./Failure.ts"
import { post, readText } from "./HttpClient.ts"
import { isObject, parse } from "./Json.ts"
import { type CountTokens, defaultTimeouts, type Exchange, streamParts, type Timeouts } from "./Vendor.ts"

export const officialBase = "https://api.anthropic.com"

export interface VendorOptions {
  /** Id of the adapter; the vendor's own name by default. */
  readonly provider?: string
  readonly baseUrl?: string | undefined
  /** Looked up at each call, so that a new key needs no restart; undefined sends none. */
  readonly key: Effect.Effect<Redacted.Redacted<string> | undefined, ModelError>
  readonly timeouts?: Timeouts
  /** Where texts are tokenized, for wires whose vendor has no endpoint that counts. */
  readonly countTokens?: CountTokens | undefined
}

/** Fewest output tokens a caller is given: less is no answer. */
const minimumOutput = 16

/** A server without the endpoint that counts; it is not asked again. */
const absent = new Set([404, 405, 501])
/** A count is wanted before a call, so it may not take long. */
const countTimeouts = { connectMs: 5_000, responseMs: 10_000 }
/** In percent of our own estimate: nobody's word for a smaller number is held for a call. */
const believable = 60

const countIn = (text: string): number | undefined => {
  const value = parse(text)
  const tokens = isObject(value) ? value["input_tokens"] : undefined
  return typeof tokens === "number" && Number.isSafeInteger(tokens) && tokens >= 0 ? tokens : undefined
}

export const make = (options: VendorOptions): ModelAdapter => {
  const provider = options.provider ?? "anthropic"
  const timeouts = options.timeouts ?? defaultTimeouts

  const exchange = (path: string, body: Effect.Effect<string, ModelError>): Effect.Effect<Exchange, ModelError> =>
    Effect.gen(function* () {
      const url = yield* endpoint(provider, options.baseUrl ?? officialBase, path)
      const key = yield* options.key
      const headers = {
        "content-type": "application/json",
        accept: "text/event-stream, application/json",
        "anthropic-version": "2023-06-01",
        ...(key === undefined ? {} : { "x-api-key": Redacted.value(key) })
      }
      return { provider, url, headers, body: yield* body, key, timeouts }
    })

  let noEndpoint = false
  const count = (request: ModelRequest): Effect.Effect<number | undefined, ModelError> =>
    Effect.scoped(
      Effect.gen(function* () {
        if (noEndpoint) return undefined
        const body = encoding(provider, () => JSON.stringify(anthropicContent(request, request.model)))
        const asked = yield* exchange("/v1/messages/count_tokens", body)
        const response = yield* Effect.mapError(post({ ...asked, ...countTimeouts }), (failure) =>
          ofNoResponse(provider, failure)
        )
        const status = response.statusCode ?? 0
        const text = yield* readText(response, 65_536, countTimeouts.responseMs)
        const found = (status >= 200 && status < 300) || absent.has(status)
        if (!found) return yield* ofStatus(provider, status, { body: text, key: asked.key })
        const tokens = absent.has(status) ? undefined : countIn(text)
        noEndpoint = tokens === undefined
        if (tokens === undefined) return undefined
        const { estimate } = yield* encoding(provider, () => anthropicBound(request))
        if (tokens * 100 < estimate * believable) return undefined
        // the vendor calls its count an estimate that may be off by a small amount
        return Math.ceil(tokens * 1.03) + 16
      })
    )

  return {
    provider,
    free: false,
    minimumOutput,
    bound: (request) => encoding(provider, () => anthropicBound(request)),
    count,
    stream: (request) =>
      Stream.unwrap(
        Effect.map(
          exchange(
            "/v1/messages",
            encoding(provider, () => anthropicBody(request))
          ),
          (made) => streamParts(made, anthropicDecoder(provider))
        )
      )
  }
}
