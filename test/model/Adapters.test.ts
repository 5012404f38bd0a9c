import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { type AdapterOptions, layer, layerTest } from "../../layers/model/Adapters.ts"
import { ModelAdapters } from "../../src/model/ModelAdapter.ts"
import type { ModelRequest } from "../../src/model/ModelRequest.ts"

const request: ModelRequest = {
  system: [],
  messages: [{ role: "user", content: "hi" }],
  tools: [],
  model: "m",
  maxOutputTokens: 20
}

const over = (options: Partial<AdapterOptions> = {}) =>
  Effect.provide(layer({ providers: [], credentials: "/nowhere", env: {}, ...options }))

const get = (provider: string) => Effect.flatMap(ModelAdapters, (adapters) => adapters.get(provider))

describe("the adapters of a configuration", () => {
  it.effect("always have the offline model, the vendors and Ollama", () =>
    Effect.gen(function* () {
      const adapters = yield* ModelAdapters
      assert.includeMembers([...adapters.providers], ["offline", "anthropic", "openai", "ollama"])
      assert.isTrue((yield* adapters.get("offline")).free)
      for (const provider of ["anthropic", "openai", "ollama"])
        assert.deepInclude(yield* adapters.get(provider), { provider, free: false })
    }).pipe(over())
  )

  it.effect("are made once", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* get("anthropic"), yield* get("anthropic"))
    }).pipe(over())
  )

  it.effect("want a key for a vendor itself, and say the next step", () =>
    Effect.gen(function* () {
      for (const [provider, variable] of [
        ["anthropic", "ANTHROPIC_API_KEY"],
        ["openai", "OPENAI_API_KEY"]
      ] as const) {
        const error = yield* Effect.flip(Stream.runDrain((yield* get(provider)).stream(request)))
        assert.strictEqual(error.kind, "no_key")
        assert.include(error.message, variable)
        assert.isTrue(error.unused)
      }
    }).pipe(over())
  )

  it.effect("want none for a server of the user's own, whose address the environment may give", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Stream.runDrain((yield* get("openai")).stream(request)))
      assert.strictEqual(error.kind, "invalid_request")
      assert.include(error.message, "https")
    }).pipe(over({ env: { EXOCLAW_OPENAI_ENDPOINT: "http://elsewhere.example" } }))
  )

  it.effect("can be several of one vendor, under names of their own", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Stream.runDrain((yield* get("openai:local")).stream(request)))
      assert.strictEqual(error.provider, "openai:local")
      assert.strictEqual(error.kind, "invalid_request")
    }).pipe(
      over({
        providers: [
          {
            provider: "openai:local",
            credentials: "openai",
            baseUrl: "http://elsewhere.example",
            apiKey: Redacted.make("k")
          }
        ]
      })
    )
  )

  it.effect("name what is known where a provider is not, or has no address", () =>
    Effect.gen(function* () {
      const unknown = yield* Effect.flip(get("opnai"))
      assert.strictEqual(unknown.kind, "no_adapter")
      assert.include(unknown.message, "openai")
      const nowhere = yield* Effect.flip(get("mine"))
      assert.include(nowhere.message, "EXOCLAW_MINE_ENDPOINT")
    }).pipe(over({ providers: [{ provider: "mine" }] }))
  )

  it.effect("are the offline model alone in tests", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* ModelAdapters).providers, ["offline"])
    }).pipe(Effect.provide(layerTest))
  )
})
