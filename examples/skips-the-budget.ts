// What must not compile: a model call without a budget hold. Take out the line with `@ts-expect-error`, and
// `npm run typecheck` names the permit that is missing. Run it all the same, and no call is made.
// @effect-diagnostics missingEffectContext:off
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Adapters from "../layers/model/Adapters.ts"
import * as Prices from "../layers/model/Prices.ts"
import { type Blocked, Casil } from "../src/casil/Casil.ts"
import { Model } from "../src/model/Model.ts"
import type { ModelError } from "../src/model/ModelError.ts"
import type { ModelContent } from "../src/model/ModelRequest.ts"
import { offline } from "./graph.ts"

const prompt = (content: string): ModelContent => ({ system: [], messages: [{ role: "user", content }], tools: [] })

/** Inspected and quoted, but never held: `withPermitStream(quote, spender)` is missing around the stream. */
const call = Effect.gen(function* () {
  const casil = yield* Casil
  const model = yield* Model
  const inspected = yield* casil.value("prompt", prompt("Hello."), (_, visit) => prompt(visit("Hello.", "/messages/0")))
  const quote = yield* model.quote(offline, inspected)
  return yield* Stream.runCollect(model.stream(quote))
}).pipe(Effect.provide([Model.layer, Casil.layer()]), Effect.provide([Adapters.layerTest, Prices.layerTable]))

// @ts-expect-error Type 'BudgetPermit' is not assignable to type 'never'
const program: Effect.Effect<unknown, Blocked | ModelError> = call

if (import.meta.main) await Effect.runPromise(program)
