import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as AiError from "effect/ai/AiError"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import { layer as governed } from "../../layers/model/GovernedLanguageModel.ts"
import { make as adapterOf, type OutputLimit } from "../../layers/model/LanguageModelAdapter.ts"
import { BudgetLedger, withPermit } from "../../src/budget/BudgetLedger.ts"
import { Blocked, Casil } from "../../src/casil/Casil.ts"
import { sealInspected } from "../../src/casil/SealedInspected.ts"
import { Model } from "../../src/model/Model.ts"
import type { ModelRequest } from "../../src/model/ModelRequest.ts"
import { unlimited } from "../budget/fixtures.ts"
import { content, failure, fake, finish, spender, target, text, usage, world } from "./fixtures.ts"

/** Redacts the word "secret" and blocks the word "forbidden". */
const casil = Layer.sync(Casil, () => {
  const visit = (raw: string): string => raw.replaceAll("secret", "[redacted]")
  const value: Casil["Service"]["value"] = (surface, it, walk) =>
    Effect.suspend(() => {
      let blocked = false
      const walked = walk(it, (raw) => {
        blocked ||= raw.includes("forbidden")
        return visit(raw)
      })
      return blocked
        ? Effect.fail(new Blocked({ surface, reason: "CASIL_POLICY_BLOCKED", rules: ["test"] }))
        : Effect.succeed(sealInspected(walked, []))
    })
  return Casil.of({
    value,
    text: (surface, it) => value(surface, it, (raw, see) => see(raw, "")),
    stream: (surface) => (chunks) =>
      Stream.mapEffect(chunks, (chunk) => value(surface, chunk, (raw, see) => see(raw, "")))
  } as Casil["Service"])
})

const charges = Effect.gen(function* () {
  const ledger = yield* BudgetLedger
  yield* ledger.settled(spender.turn)
  return yield* ledger.charges(spender.turn)
})

describe("a LanguageModel Layer as an adapter", () => {
  const limits: Array<OutputLimit> = []
  const tools: Array<ReadonlyArray<string>> = []
  const provider = (limit: OutputLimit) => {
    limits.push(limit)
    return Layer.effect(
      LanguageModel.LanguageModel,
      LanguageModel.make({
        generateText: () => Effect.succeed([]),
        streamText: ({ prompt, tools: offered }) => {
          tools.push(offered.map((tool) => tool.name))
          return prompt.content.some((message) => message.role === "tool")
            ? Stream.make(
                { type: "text-start", id: "t" },
                { type: "text-delta", id: "t", delta: "done" },
                { type: "text-end", id: "t" },
                { type: "finish", reason: "stop", usage: usage(20, 2) }
              )
            : Stream.make(
                { type: "tool-call", id: "c1", name: "echo", params: { message: "hi" } },
                { type: "finish", reason: "tool-calls", usage: usage(10, 5) }
              )
        }
      })
    )
  }
  const adapter = adapterOf({ provider: "fake", layer: provider })
  const echo = {
    name: "echo",
    description: "Repeats.",
    inputSchema: { type: "object", properties: { message: { type: "string" } } }
  }

  it.effect("answers through the door, held to the clamp, with tools it does not run", () =>
    Effect.gen(function* () {
      const model = yield* Model
      const first = yield* model.quote(target, content("use echo", { tools: [echo] }))
      const parts = yield* model.stream(first).pipe(Stream.runCollect, withPermit(first, spender))
      assert.deepStrictEqual(
        parts.map((part) => part.type),
        ["tool-call", "finish"]
      )
      assert.deepInclude(parts[0], { name: "echo", params: { message: "hi" } })
      const second = yield* model.quote(
        target,
        content("use echo", {
          tools: [echo],
          messages: [
            { role: "user", content: "use echo" },
            { role: "assistant", content: [{ type: "tool-call", id: "c1", name: "echo", params: { message: "hi" } }] },
            {
              role: "tool",
              content: [{ type: "tool-result", id: "c1", name: "echo", isFailure: false, result: "echo: hi" }]
            }
          ]
        })
      )
      const said = yield* model.stream(second).pipe(Stream.runCollect, withPermit(second, spender))
      assert.isTrue(said.some((part) => part.type === "text-delta" && part.delta === "done"))
      assert.deepStrictEqual(limits[0], { model: "fake-1", maxOutputTokens: 100 })
      assert.deepStrictEqual(tools, [["echo"], ["echo"]])
      assert.deepStrictEqual(
        (yield* charges).map((charge) => charge.reported?.output),
        [5, 2]
      )
    }).pipe(Effect.provide(world([adapter])))
  )

  it.effect("gives our typed errors for the ecosystem's", () =>
    Effect.gen(function* () {
      const reason = new AiError.RateLimitError({})
      const broken = adapterOf({
        provider: "fake",
        layer: () =>
          Layer.effect(LanguageModel.LanguageModel, Effect.fail(AiError.make({ module: "x", method: "y", reason })))
      })
      const request: ModelRequest = {
        system: [],
        messages: [{ role: "user", content: "x" }],
        tools: [],
        model: "m",
        maxOutputTokens: 20
      }
      const error = yield* Effect.flip(Stream.runDrain(broken.stream(request)))
      assert.isTrue(error.kind === "rate_limited" && error.retryable && error.unused)
    })
  )
})

describe("the governed door as a LanguageModel", () => {
  const requests: Array<ModelRequest> = []
  const adapter = fake((request) => {
    requests.push(request)
    const asked = JSON.stringify(request.messages)
    if (asked.includes("tool-result")) return Stream.make(text("The sum is 3."), finish(30, 6))
    return request.tools.length > 0
      ? Stream.make({ type: "tool-call", id: "c1", name: "Add", params: { a: 1, b: 2 } }, {
          ...finish(20, 5),
          reason: "tool-calls"
        } as never)
      : Stream.make(text("a secret "), text("answer"), finish(10, 4))
  })
  const over = (limits = unlimited) =>
    Layer.provideMerge(governed(target, spender), Layer.merge(world([adapter], {}, limits), casil))

  const Add = Tool.make("Add", {
    description: "Adds two numbers.",
    parameters: Schema.Struct({ a: Schema.Int, b: Schema.Int }),
    success: Schema.Int
  })
  const tools = Toolkit.make(Add)
  const handlers = tools.toLayer({ Add: ({ a, b }) => Effect.succeed(a + b) })

  it.effect("charges an existing program's calls, and inspects both ways", () =>
    Effect.gen(function* () {
      const response = yield* LanguageModel.generateText({ prompt: "tell me the secret" })
      assert.strictEqual(response.text, "a [redacted] answer")
      assert.include(JSON.stringify(requests.at(-1)?.messages), "tell me the [redacted]")
      const [charge] = yield* charges
      assert.strictEqual(charge?.usage.output, 4)
    }).pipe(Effect.provide(over()))
  )

  it.effect("streams", () =>
    Effect.gen(function* () {
      const parts = yield* Stream.runCollect(LanguageModel.streamText({ prompt: "hi" }))
      assert.deepStrictEqual(
        parts.map((part) => part.type),
        ["text-start", "text-delta", "text-delta", "text-end", "finish"]
      )
    }).pipe(Effect.provide(over()))
  )

  it.effect("lets a program use its own tools", () =>
    Effect.gen(function* () {
      const response = yield* LanguageModel.generateText({ prompt: "1 + 2?", toolkit: yield* tools })
      assert.strictEqual(response.toolResults[0]?.result, 3)
      assert.deepInclude(requests.at(-1)?.tools[0], { name: "Add", description: "Adds two numbers." })
      assert.strictEqual((yield* charges).length, 1)
    }).pipe(Effect.provide(Layer.merge(handlers, over())))
  )

  it.effect("refuses what the budget does not cover, what is blocked, and what it cannot say", () =>
    Effect.gen(function* () {
      const before = requests.length
      const poor = yield* Effect.flip(
        LanguageModel.generateText({ prompt: "hi" }).pipe(Effect.provide(over({ ...unlimited, day: { tokens: 10 } })))
      )
      assert.strictEqual(poor.reason._tag, "QuotaExhaustedError")
      const blocked = yield* Effect.flip(LanguageModel.generateText({ prompt: "the forbidden word" }))
      assert.strictEqual(blocked.reason._tag, "ContentPolicyError")
      const json = yield* Effect.flip(
        LanguageModel.generateObject({ prompt: "hi", schema: Schema.Struct({ a: Schema.String }) })
      )
      assert.strictEqual(json._tag, "AiError")
      assert.strictEqual(requests.length, before)
    }).pipe(Effect.provide(over()))
  )

  it.effect("gives the ecosystem's errors for ours", () =>
    Effect.gen(function* () {
      const kinds = [
        ["rate_limited", "RateLimitError"],
        ["no_key", "AuthenticationError"],
        ["timeout", "InternalProviderError"]
      ] as const
      for (const [kind, tag] of kinds) {
        const broken = fake(() => Stream.fail(failure({ kind })))
        const one = Layer.provideMerge(governed(target, spender), Layer.merge(world([broken]), casil))
        const error = yield* Effect.flip(LanguageModel.generateText({ prompt: "hi" }).pipe(Effect.provide(one)))
        assert.strictEqual(error.reason._tag, tag)
      }
    })
  )
})
