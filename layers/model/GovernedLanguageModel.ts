/**
 * The governed door as a `LanguageModel`: an existing Effect AI program runs budgeted, inspected and audited by
 * swapping this one Layer in. Prompts and tool schemas go through Casil, each call takes its own hold, and what comes
 * back is inspected before the program sees it.
 *
 * This file loads `effect/ai` at run time; the gateway imports it nowhere, so that only its users pay for it.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as AiError from "effect/ai/AiError"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Prompt from "effect/ai/Prompt"
import type { PartEncoded } from "effect/ai/Response"
import * as Tool from "effect/ai/Tool"
import type { BudgetError } from "../../src/budget/BudgetError.ts"
import { BudgetLedger } from "../../src/budget/BudgetLedger.ts"
import type { Spender } from "../../src/budget/Spender.ts"
import { type Blocked, Casil, type Walker } from "../../src/casil/Casil.ts"
import { open } from "../../src/casil/Inspected.ts"
import { json } from "../../src/casil/Walker.ts"
import type { Json, JsonObject } from "../../src/domain/Json.ts"
import { Model } from "../../src/model/Model.ts"
import type { ModelError } from "../../src/model/ModelError.ts"
import type { ModelContent, ModelPart, ModelTarget } from "../../src/model/ModelRequest.ts"
import { permitted } from "../../src/model/Closest.ts"

const failed = (method: string, reason: AiError.AiErrorReason): AiError.AiError =>
  AiError.make({ module: "exoclaw", method, reason })

const invalid = (method: string, description: string): AiError.AiError =>
  failed(method, new AiError.InvalidRequestError({ description }))

const reasonOf = (error: ModelError | BudgetError | Blocked): AiError.AiErrorReason => {
  if (error._tag === "BudgetError")
    return new AiError.QuotaExhaustedError({ metadata: { exoclaw: { message: error.message } } })
  if (error._tag === "Blocked") return new AiError.ContentPolicyError({ description: error.message })
  switch (error.kind) {
    case "rate_limited":
      return new AiError.RateLimitError({})
    case "authentication":
      return new AiError.AuthenticationError({ kind: "InvalidKey", description: error.message })
    case "no_key":
      return new AiError.AuthenticationError({ kind: "MissingKey", description: error.message })
    case "invalid_request":
    case "no_adapter":
      return new AiError.InvalidRequestError({ description: error.message })
    default:
      return new AiError.InternalProviderError({ description: error.message })
  }
}

// The encoded messages and the tools are JSON by their schemas.
const walkContent: Walker<ModelContent> = (content, visit) =>
  json(content as unknown as Json, visit) as unknown as ModelContent

const contentOf = (
  method: string,
  options: LanguageModel.ProviderOptions
): Effect.Effect<ModelContent, AiError.AiError> =>
  Effect.gen(function* () {
    if (options.responseFormat.type !== "text")
      return yield* invalid(method, "The governed model answers in text; ask for JSON in the prompt.")
    if (typeof options.toolChoice === "object" || options.toolChoice === "required")
      return yield* invalid(method, "The governed model chooses its tools itself.")
    const { content } = yield* Effect.mapError(Schema.encodeEffect(Prompt.Prompt)(options.prompt), () =>
      invalid(method, "The prompt cannot be encoded.")
    )
    const tools = options.toolChoice === "none" ? [] : options.tools
    if (tools.some(Tool.isProviderDefined))
      return yield* invalid(method, "Tools that a provider runs itself are not allowed.")
    return {
      system: [],
      messages: content,
      tools: tools.map((tool) => ({
        name: tool.name,
        description: Tool.getDescription(tool) ?? "",
        // a JSON Schema is JSON
        inputSchema: Tool.getJsonSchema(tool) as JsonObject
      }))
    }
  })

/** Text goes on as Casil releases it; calls, inspected, and the finish come after it. */
const inspected = (
  casil: Casil["Service"],
  parts: Stream.Stream<ModelPart, ModelError | BudgetError>
): Stream.Stream<ModelPart, ModelError | BudgetError | Blocked> =>
  Stream.suspend(() => {
    const later: Array<ModelPart> = []
    const id = "text"
    let begun = false
    const text = parts.pipe(
      Stream.map((part) => {
        if (part.type === "text-delta") return part.delta
        if (part.type === "tool-call" || part.type === "finish" || part.type === "response-metadata") later.push(part)
        return ""
      }),
      Stream.filter((delta) => delta !== ""),
      casil.stream("answer"),
      Stream.map((delta): ModelPart => ({ type: "text-delta", id, delta: open(delta) })),
      Stream.mapArray((deltas) => {
        if (begun) return deltas
        begun = true
        return [{ type: "text-start", id }, ...deltas] as const
      })
    )
    const rest = Stream.suspend(() =>
      Stream.fromIterable(begun ? [{ type: "text-end", id } as const, ...later] : later)
    )
    return Stream.concat(
      text,
      Stream.mapEffect(rest, (part) =>
        part.type !== "tool-call"
          ? Effect.succeed(part)
          : // a call's input is JSON: it came through a JSON decoder
            Effect.map(casil.value("tool_input", part.params as Json, json), (params): ModelPart => ({
              ...part,
              params: open(params)
            }))
      )
    )
  })

const wholeParts = (parts: ReadonlyArray<ModelPart>): Array<PartEncoded> => {
  const text = parts.map((part) => (part.type === "text-delta" ? part.delta : "")).join("")
  const rest = parts.filter(
    (part) => part.type === "tool-call" || part.type === "finish" || part.type === "response-metadata"
  )
  return text === "" ? rest : [{ type: "text", text }, ...rest]
}

/** A `LanguageModel` whose every call is charged to `spender` and inspected. */
export const layer = (
  target: ModelTarget,
  spender: Spender
): Layer.Layer<LanguageModel.LanguageModel, never, Model | BudgetLedger | Casil> =>
  Layer.effect(
    LanguageModel.LanguageModel,
    Effect.gen(function* () {
      const model = yield* Model
      const ledger = yield* BudgetLedger
      const casil = yield* Casil

      const stream = (
        method: string,
        options: LanguageModel.ProviderOptions
      ): Stream.Stream<ModelPart, AiError.AiError> =>
        Stream.unwrap(
          Effect.gen(function* () {
            const content = yield* contentOf(method, options)
            const seen = yield* casil.value("prompt", content, walkContent)
            return inspected(casil, permitted(model, ledger, target, seen, spender))
          })
        ).pipe(Stream.mapError((error) => (error._tag === "AiError" ? error : failed(method, reasonOf(error)))))

      return yield* LanguageModel.make({
        generateText: (options) => Effect.map(Stream.runCollect(stream("generateText", options)), wholeParts),
        streamText: (options) => stream("streamText", options)
      })
    })
  )
