// A provider of your own is one Layer: say how much a request can cost, and stream. Holds, clamps, prices, inspection
// and receipts are the model door's; an adapter never sees a permit, so it cannot skip them.
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Adapters from "../layers/model/Adapters.ts"
import { BudgetLedger } from "../src/budget/BudgetLedger.ts"
import { defaultTenant } from "../src/domain/Ids.ts"
import type { ModelAdapter } from "../src/model/ModelAdapter.ts"
import type { ModelPart, ModelRequest } from "../src/model/ModelRequest.ts"
import { encodeUsage } from "../src/model/ModelUsage.ts"
import { estimateTokens, utf8Bytes } from "../src/model/TokenEstimate.ts"
import { ask } from "./custom-graph.ts"
import { graph } from "./graph.ts"

const id = "text"
const wordsOf = ({ messages }: ModelRequest): ReadonlyArray<string> =>
  JSON.stringify(messages.at(-1)).match(/\w+/g) ?? []

/** Counts the words of the last message; knows nothing of budgets. */
export const counter: ModelAdapter = {
  provider: "counter",
  free: false,
  minimumOutput: 8,
  bound: (request) =>
    Effect.sync(() => {
      const text = JSON.stringify(request)
      return { upper: utf8Bytes(text), estimate: estimateTokens(text) }
    }),
  stream: (request) => {
    const answer = `Your message and its wrapping have ${wordsOf(request).length} words.`
    const usage = { input: estimateTokens(JSON.stringify(request)), output: estimateTokens(answer) }
    return Stream.make<ReadonlyArray<ModelPart>>(
      { type: "text-start", id },
      { type: "text-delta", id, delta: answer },
      { type: "text-end", id },
      { type: "finish", reason: "stop", usage: encodeUsage({ ...usage, cacheRead: 0, cacheWrite: 0 }) }
    )
  }
}

const target = { provider: "counter", model: "counter-1", maxOutputTokens: 64 }

export const program = Effect.gen(function* () {
  const { receipt, text } = yield* ask("How long is this?")
  yield* Console.log(text)
  yield* Console.log(receipt?.calls)
  const ledger = yield* BudgetLedger
  const [installation] = yield* ledger.status({ tenant: defaultTenant })
  yield* Console.log(installation)
}).pipe(Effect.provide(graph({ models: Adapters.layerOf([counter]), target })))

if (import.meta.main) await Effect.runPromise(program)
