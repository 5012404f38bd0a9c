/** The adapters of this process, from plain options. A vendor's code is loaded with its first call. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { type ModelAdapter, ModelAdapters } from "../../src/model/ModelAdapter.ts"
import { ModelError } from "../../src/model/ModelError.ts"
import type { VendorOptions } from "./Anthropic.ts"
import * as Credentials from "./Credentials.ts"
import { adapter as offline } from "./Offline.ts"
import type { TokenCounter } from "./TokenCounter.ts"
import type { CountTokens } from "./Vendor.ts"

export interface ProviderOptions {
  /** Id of the adapter, as agents name it. */
  readonly provider: string
  /** Which wire it speaks; by default its own name's, else OpenAI's. */
  readonly wire?: "anthropic" | "openai" | undefined
  readonly baseUrl?: string | undefined
  readonly apiKey?: Redacted.Redacted<string> | undefined
  /** Whose key and endpoint variables and key file count, where that is not `provider`. */
  readonly credentials?: string | undefined
}

export interface AdapterOptions {
  readonly providers: ReadonlyArray<ProviderOptions>
  /** `<state>/credentials`. */
  readonly credentials: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Those of an embedding program; one with the name of another takes its place. */
  readonly own?: ReadonlyArray<ModelAdapter> | undefined
}

const builtIn: ReadonlyArray<ProviderOptions> = [
  { provider: "anthropic" },
  { provider: "openai" },
  { provider: "ollama", baseUrl: "http://127.0.0.1:11434/v1" }
]

type Make = (options: VendorOptions) => ModelAdapter

const wires: Readonly<Record<"anthropic" | "openai", Effect.Effect<Make>>> = {
  anthropic: Effect.promise(async () => (await import("./Anthropic.ts")).make),
  openai: Effect.promise(async () => (await import("./OpenAi.ts")).make)
}

const noAdapter = (provider: string, known: ReadonlyArray<string>): ModelError =>
  new ModelError({
    provider,
    kind: "no_adapter",
    message: `There is no model provider "${provider}". Known: ${known.join(", ")}. Any other needs a base_url in the configuration.`,
    retryable: false,
    unused: true
  })

const noBase = (provider: string): ModelError =>
  new ModelError({
    provider,
    kind: "no_adapter",
    message: `The provider "${provider}" needs a base_url in the configuration, or ${Credentials.endpointVariable(provider)}.`,
    retryable: false,
    unused: true
  })

const make = (
  one: ProviderOptions,
  options: AdapterOptions,
  countTokens: CountTokens
): Effect.Effect<ModelAdapter, ModelError> =>
  Effect.gen(function* () {
    const { apiKey, provider } = one
    const owner = one.credentials ?? provider
    const named = options.env[Credentials.endpointVariable(owner)]?.trim()
    const baseUrl = named === undefined || named === "" ? one.baseUrl : named
    const vendor = owner === "anthropic" || owner === "openai"
    if (baseUrl === undefined && !vendor) return yield* noBase(provider)
    const sources: Credentials.CredentialSources = { env: options.env, folder: options.credentials, configured: apiKey }
    // a vendor itself always wants a key; a server of the user's own may not
    const key = baseUrl === undefined ? Credentials.require(owner, sources) : Credentials.lookup(owner, sources)
    const wire = one.wire ?? (owner === "anthropic" ? "anthropic" : "openai")
    return (yield* wires[wire])({ provider, baseUrl, key, countTokens })
  })

/** The program that tokenizes: its code is loaded, and the program started, with the first count; closed with the scope. */
const counting: Effect.Effect<CountTokens, never, Scope.Scope> = Effect.gen(function* () {
  let counter: TokenCounter | undefined
  yield* Effect.addFinalizer(() => Effect.sync(() => counter?.close()))
  const load = Effect.promise(async () => new (await import("./TokenCounter.ts")).TokenCounter())
  return (encoding, texts) =>
    Effect.flatMap(counter === undefined ? load : Effect.succeed(counter), (loaded) => {
      counter ??= loaded
      return counter.count(encoding, texts)
    })
})

/** A registry of adapters that are made when first asked for. */
const registry = (lazy: ReadonlyMap<string, Effect.Effect<ModelAdapter, ModelError>>): ModelAdapters["Service"] => {
  const providers = [...lazy.keys()]
  const made = new Map<string, ModelAdapter>()
  return {
    providers,
    get: (provider) =>
      Effect.suspend(() => {
        const adapter = made.get(provider)
        if (adapter !== undefined) return Effect.succeed(adapter)
        const making = lazy.get(provider)
        return making === undefined
          ? Effect.fail(noAdapter(provider, providers))
          : Effect.tap(making, (one) => Effect.sync(() => made.set(provider, one)))
      })
  }
}

const named = (adapters: ReadonlyArray<ModelAdapter>) =>
  adapters.map((one) => [one.provider, Effect.succeed(one)] as const)

/** `offline`, `anthropic`, `openai` and `ollama`, and what the options add or change. */
export const layer = (options: AdapterOptions): Layer.Layer<ModelAdapters> =>
  Layer.effect(
    ModelAdapters,
    Effect.map(counting, (countTokens) =>
      registry(
        new Map([
          [offline.provider, Effect.succeed(offline)],
          ...[...builtIn, ...options.providers].map((one) => [one.provider, make(one, options, countTokens)] as const),
          ...named(options.own ?? [])
        ])
      )
    )
  )

/** Exactly these adapters. */
export const layerOf = (adapters: ReadonlyArray<ModelAdapter>): Layer.Layer<ModelAdapters> =>
  Layer.succeed(ModelAdapters, registry(new Map(named(adapters))))

/** The offline model alone: no network, no key. */
export const layerTest: Layer.Layer<ModelAdapters> = layerOf([offline])
