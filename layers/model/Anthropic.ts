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
import { ofProtocol } from "./Failure.ts"
import { readText } from "./HttpClient.ts"
import { isObject, parse } from "./Json.ts"
import { defaultTimeouts, type Exchange, send, streamParts, type Timeouts } from "./Vendor.ts"

export const officialBase = "https://api.anthropic.com"

export interface VendorOptions {
  /** Id of the adapter; the vendor's own name by default. */
  readonly provider?: string
  readonly baseUrl?: string | undefined
  /** Looked up at each call, so that a new key needs no restart; undefined sends none. */
  readonly key: Effect.Effect<Redacted.Redacted<string> | undefined, ModelError>
  readonly timeouts?: Timeouts
}

/** Fewest output tokens a caller is given: less is no answer. */
const minimumOutput = 16

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

  const count = (request: ModelRequest): Effect.Effect<number, ModelError> =>
    Effect.scoped(
      Effect.gen(function* () {
        const body = encoding(provider, () => JSON.stringify(anthropicContent(request, request.model)))
        const response = yield* send(yield* exchange("/v1/messages/count_tokens", body))
        const value = parse(yield* readText(response, 65_536, timeouts.idleMs))
        const tokens = isObject(value) ? value["input_tokens"] : undefined
        if (typeof tokens !== "number" || !Number.isSafeInteger(tokens) || tokens < 0)
          return yield* ofProtocol(provider, "the token count is no count")
        // the vendor calls its count an estimate that may be off by a small amount
        return Math.ceil(tokens * 1.03) + 16
      })
    )

  return {
    provider,
    free: false,
    minimumOutput,
    bound: (request) => encoding(provider, () => anthropicBound(request)),
    ...(options.baseUrl === undefined ? { count } : {}),
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
