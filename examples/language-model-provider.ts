// Any `LanguageModel` Layer of Effect AI becomes a provider. It has no output limit of its own, so the Layer is made
// for one: exoclaw passes the limit that the budget hold covers.
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { LanguageModel } from "effect/ai"
import * as Adapters from "../layers/model/Adapters.ts"
import * as LanguageModelAdapter from "../layers/model/LanguageModelAdapter.ts"
import { ask } from "./custom-graph.ts"
import { graph } from "./graph.ts"

const id = "text"

/** Stands for the provider package you use; yours passes `limit` to its `max_tokens`. */
const almanac = (limit: number): Layer.Layer<LanguageModel.LanguageModel> => {
  const finish = {
    type: "finish" as const,
    reason: "stop" as const,
    usage: { inputTokens: { total: 20 }, outputTokens: { total: 9 } }
  }
  const text = `Rain in the north. (At most ${limit} tokens were allowed.)`
  return Layer.effect(
    LanguageModel.LanguageModel,
    LanguageModel.make({
      generateText: () => Effect.succeed([{ type: "text", text }, finish]),
      streamText: () =>
        Stream.make(
          { type: "text-start", id },
          { type: "text-delta", id, delta: text },
          { type: "text-end", id },
          finish
        )
    })
  )
}

const adapter = LanguageModelAdapter.make({
  provider: "almanac",
  layer: ({ maxOutputTokens }) => almanac(maxOutputTokens)
})

const target = { provider: "almanac", model: "almanac-1", maxOutputTokens: 100 }

export const program = Effect.gen(function* () {
  const { receipt, text } = yield* ask("What will the weather be?")
  yield* Console.log(text)
  yield* Console.log(receipt?.calls)
}).pipe(Effect.provide(graph({ models: Adapters.layerOf([adapter]), target })))

if (import.meta.main) await Effect.runPromise(program)
