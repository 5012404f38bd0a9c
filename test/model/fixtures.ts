/** What the model tests share: inspected content, a ledger in memory, adapters that do as they are told. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import { layerMemory } from "../../layers/budget/Ledger.ts"
import { layerOf } from "../../layers/model/Adapters.ts"
import { layerTable } from "../../layers/model/Prices.ts"
import type { BudgetLimits } from "../../src/budget/Limits.ts"
import type { Inspected } from "../../src/casil/Inspected.ts"
import { sealInspected } from "../../src/casil/SealedInspected.ts"
import { Model, type ModelOptions } from "../../src/model/Model.ts"
import type { ModelAdapter } from "../../src/model/ModelAdapter.ts"
import { ModelError } from "../../src/model/ModelError.ts"
import type { ModelContent, ModelPart, ModelRequest, ModelTarget } from "../../src/model/ModelRequest.ts"
import { encodeUsage } from "../../src/model/ModelUsage.ts"
import { support, unlimited } from "../budget/fixtures.ts"

export { spender } from "../budget/fixtures.ts"

export const content = (text: string, part: Partial<ModelContent> = {}): Inspected<ModelContent> =>
  sealInspected({ system: [], messages: [{ role: "user", content: text }], tools: [], ...part }, [])

export const target: ModelTarget = { provider: "fake", model: "fake-1", maxOutputTokens: 100 }

export const usage = (input: number, output: number) => encodeUsage({ input, output, cacheRead: 0, cacheWrite: 0 })

export const finish = (input: number, output: number): ModelPart => ({
  type: "finish",
  reason: "stop",
  usage: usage(input, output)
})

export const text = (delta: string): ModelPart => ({ type: "text-delta", id: "t", delta })

export const failure = (part: Partial<ConstructorParameters<typeof ModelError>[0]> = {}): ModelError =>
  new ModelError({
    provider: "fake",
    kind: "overloaded",
    message: "The provider is overloaded.",
    retryable: true,
    unused: true,
    ...part
  })

export const fake = (
  stream: (request: ModelRequest) => Stream.Stream<ModelPart, ModelError>,
  part: Partial<ModelAdapter> = {}
): ModelAdapter => ({
  provider: "fake",
  free: false,
  minimumOutput: 1,
  bound: () => Effect.succeed({ upper: 50, estimate: 10 }),
  stream,
  ...part
})

export const world = (
  adapters: ReadonlyArray<ModelAdapter>,
  options: Partial<ModelOptions> = {},
  limits: BudgetLimits = unlimited
) =>
  Layer.mergeAll(
    Layer.provide(Model.layerWith(options), Layer.merge(layerOf(adapters), layerTable)),
    Layer.provide(layerMemory(limits), support)
  )
