/** OpenAI's models, and every server that speaks its chat-completions wire. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { ModelAdapter } from "../../src/model/ModelAdapter.ts"
import { encodingOf } from "../../src/model/Tokenizer.ts"
import type { VendorOptions } from "./Anthropic.ts"
import { encoding } from "./Encode.ts"
import { endpoint } from "./Endpoint.ts"
import { openAiCountable } from "./OpenAiCount.ts"
import { openAiBody, openAiBound } from "./OpenAiRequest.ts"
import { openAiDecoder } from "./OpenAiStream.ts"
import { defaultTimeouts, streamParts } from "./Vendor.ts"

export const officialBase = "https://api.openai.com/v1"

const isOfficial = (url: URL): boolean => url.hostname === "api.openai.com"

/** Fewest output tokens a caller is given: less is no answer. */
const minimumOutput = 16

export const make = (options: VendorOptions): ModelAdapter => {
  const provider = options.provider ?? "openai"
  return {
    provider,
    free: false,
    minimumOutput,
    bound: (request) => encoding(provider, () => openAiBound(request)),
    count: (request) =>
      Effect.gen(function* () {
        const known = encodingOf(request.model)
        if (known === undefined || options.countTokens === undefined) return undefined
        const { overhead, texts } = yield* encoding(provider, () => openAiCountable(request))
        const tokens = yield* options.countTokens(known, texts)
        return tokens === undefined ? undefined : tokens + overhead
      }),
    stream: (request) =>
      Stream.unwrap(
        Effect.gen(function* () {
          const url = yield* endpoint(provider, options.baseUrl ?? officialBase, "/v1/chat/completions")
          const key = yield* options.key
          const headers = {
            "content-type": "application/json",
            accept: "text/event-stream, application/json",
            ...(key === undefined ? {} : { authorization: `Bearer ${Redacted.value(key)}` })
          }
          const body = yield* encoding(provider, () => openAiBody(request, isOfficial(url)))
          const timeouts = options.timeouts ?? defaultTimeouts
          return streamParts({ provider, url, headers, body, key, timeouts }, openAiDecoder(provider))
        })
      )
  }
}
