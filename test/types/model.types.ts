/** What must not compile. An `@ts-expect-error` with nothing to suppress is itself an error. */
// @effect-diagnostics missingEffectContext:off missingEffectError:off
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Stream from "effect/Stream"
import { openPermit, withPermit, withPermitStream, type BudgetPermit } from "../../src/budget/BudgetLedger.ts"
import type { QuoteNumbers, Quote } from "../../src/budget/Quote.ts"
import type { Spender } from "../../src/budget/Spender.ts"
import type { Inspected } from "../../src/casil/Inspected.ts"
import { Model, type ModelDoor } from "../../src/model/Model.ts"
import type { ModelAdapter, ModelAdapters } from "../../src/model/ModelAdapter.ts"
import type { ModelContent, ModelPart, ModelTarget } from "../../src/model/ModelRequest.ts"
import type { Prices } from "../../src/model/Prices.ts"

declare const door: ModelDoor
declare const quote: Quote
declare const numbers: QuoteNumbers
declare const spender: Spender
declare const target: ModelTarget
declare const content: ModelContent
declare const inspected: Inspected<ModelContent>
declare const words: Inspected<string>

const run = <A, E>(_effect: Effect.Effect<A, E>): void => undefined

export const aModelCallNeedsAPermit = (): void => {
  // @ts-expect-error Type 'BudgetPermit' is not assignable to type 'never'
  run(Stream.runDrain(door.stream(quote)))
  // @ts-expect-error Type 'BudgetPermit' is not assignable to type 'never'
  void Effect.runPromise(Stream.runCollect(door.stream(quote)))
  // @ts-expect-error a ledger alone is no permit
  const paid: Stream.Stream<ModelPart, unknown> = door.stream(quote).pipe(withPermitStream(quote, spender))
  void paid
  void Stream.runDrain(door.stream(quote)).pipe(withPermit(quote, spender))
}

export const aQuoteNeedsInspectedContent = (): void => {
  // @ts-expect-error Argument of type 'ModelContent' is not assignable to parameter of type 'Inspected<ModelContent>'
  void door.quote(target, content)
  // @ts-expect-error Inspected words are no inspected request
  void door.quote(target, words)
  // @ts-expect-error a look-alike has no #value
  void door.quote(target, { value: content, verdicts: [] })
  void door.quote(target, inspected)
}

export const onlyAQuoteIsStreamed = (): void => {
  // @ts-expect-error Argument of type 'QuoteNumbers' is not assignable to parameter of type 'Quote'
  void door.stream(numbers)
  // @ts-expect-error a look-alike has no #numbers
  void door.stream({ numbers })
}

export const theDoorIsSealed = (): void => {
  // @ts-expect-error Property '#parts' is missing
  void Model.of({ quote: door.quote, stream: door.stream, providers: [] })
  // @ts-expect-error the class itself is not exported as a value
  void new door.constructor()
  const layer: Layer.Layer<Model, never, ModelAdapters | Prices> = Model.layer
  void layer
}

export const anAdapterNeverSeesAPermit = (): void => {
  const honest: ModelAdapter["stream"] = () => Stream.empty
  const greedy: Stream.Stream<ModelPart, never, BudgetPermit> = Stream.fromEffect(openPermit(quote)).pipe(Stream.drain)
  // @ts-expect-error Type 'BudgetPermit' is not assignable to type 'never'
  const stolen: ModelAdapter["stream"] = () => greedy
  void [honest, stolen]
}

export const aBareLanguageModelIsNoDoor = (): void => {
  const bare = LanguageModel.generateText({ prompt: "hi" })
  // @ts-expect-error Type 'LanguageModel' is not assignable to type 'never': nobody in the gateway provides one
  run(bare)
  // @ts-expect-error a LanguageModel is not the governed door
  const wrong: ModelDoor = LanguageModel.LanguageModel
  void wrong
}
