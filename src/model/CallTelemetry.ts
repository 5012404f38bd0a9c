/** What a trace and the metrics tell of a model call: names and numbers, by the GenAI semantic conventions. */
import * as Effect from "effect/Effect"
import * as Metrics from "../domain/Metrics.ts"
import type { ModelPart, ModelRequest } from "./ModelRequest.ts"
import { decodeUsage } from "./ModelUsage.ts"

const labels = (provider: string, model: string) => ({
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": provider,
  "gen_ai.request.model": model
})

/** Attributes of the call's span. */
export const attributes = (provider: string, { maxOutputTokens, model }: ModelRequest) => ({
  ...labels(provider, model),
  "gen_ai.request.max_tokens": maxOutputTokens,
  "gen_ai.request.stream": true
})

/** Notes the vendor's last word on the current span, and counts what it used. */
export const finished = (
  provider: string,
  { model }: ModelRequest,
  part: Extract<ModelPart, { readonly type: "finish" }>
): Effect.Effect<void> => {
  const usage = decodeUsage(part.usage)
  const reason = { "gen_ai.response.finish_reasons": [part.reason] }
  if (usage === undefined) return Effect.annotateCurrentSpan(reason)
  const { cacheRead, cacheWrite, output } = usage
  const input = usage.input + cacheRead + cacheWrite
  const of = labels(provider, model)
  return Effect.andThen(
    Effect.annotateCurrentSpan({
      ...reason,
      "gen_ai.usage.input_tokens": input,
      "gen_ai.usage.output_tokens": output,
      "gen_ai.usage.cache_read.input_tokens": cacheRead,
      "gen_ai.usage.cache_creation.input_tokens": cacheWrite
    }),
    Effect.sync(() => {
      Metrics.tokenUsage.recordUnsafe({ ...of, "gen_ai.token.type": "input" }, input)
      Metrics.tokenUsage.recordUnsafe({ ...of, "gen_ai.token.type": "output" }, output)
    })
  )
}

/** Counts a call that is over, and notes its error on the current span; no error is the empty text. */
export const ended = (provider: string, { model }: ModelRequest, millis: number, error: string): Effect.Effect<void> =>
  Effect.andThen(
    error === "" ? Effect.void : Effect.annotateCurrentSpan("error.type", error),
    Effect.sync(() =>
      Metrics.operationDuration.recordUnsafe({ ...labels(provider, model), "error.type": error }, millis / 1000)
    )
  )
