/** A registry of adapters, by provider id. `Configured.ts` makes them from a configuration. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type ModelAdapter, ModelAdapters } from "../../src/model/ModelAdapter.ts"
import { ModelError } from "../../src/model/ModelError.ts"
import { adapter as offline } from "./Offline.ts"

const noAdapter = (provider: string, known: ReadonlyArray<string>): ModelError =>
  new ModelError({
    provider,
    kind: "no_adapter",
    message: `There is no model provider "${provider}". Known: ${known.join(", ")}. Any other needs a base_url in the configuration.`,
    retryable: false,
    unused: true
  })

/** These adapters; a later one replaces an earlier one of the same provider. */
export const registry = (adapters: ReadonlyArray<ModelAdapter>): ModelAdapters["Service"] => {
  const byProvider = new Map(adapters.map((adapter) => [adapter.provider, adapter]))
  const providers = [...byProvider.keys()]
  return {
    providers,
    get: (provider) => {
      const adapter = byProvider.get(provider)
      return adapter === undefined ? Effect.fail(noAdapter(provider, providers)) : Effect.succeed(adapter)
    }
  }
}

/** Exactly these adapters. */
export const layerOf = (adapters: ReadonlyArray<ModelAdapter>): Layer.Layer<ModelAdapters> =>
  Layer.succeed(ModelAdapters, registry(adapters))

/** The offline model alone: no network, no key. */
export const layerTest: Layer.Layer<ModelAdapters> = layerOf([offline])
