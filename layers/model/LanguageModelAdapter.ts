/**
 * Any `LanguageModel` Layer of the Effect AI ecosystem as an adapter of ours. `LanguageModel` itself has no output
 * limit, so whoever makes the adapter says how that provider sets one: as a Layer that is made for a limit.
 *
 * This file loads `effect/ai` at run time; the gateway imports it nowhere, so that only its users pay for it.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type * as AiError from "effect/ai/AiError"
import * as LanguageModel from "effect/ai/LanguageModel"
import type { MessageEncoded } from "effect/ai/Prompt"
import * as Prompt from "effect/ai/Prompt"
import * as Response from "effect/ai/Response"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import type { ModelAdapter } from "../../src/model/ModelAdapter.ts"
import { ModelError, type ModelErrorKind } from "../../src/model/ModelError.ts"
import type { ModelPart, ModelRequest } from "../../src/model/ModelRequest.ts"
import { utf8Bytes } from "../../src/model/TokenEstimate.ts"
import { encoding, estimateInput, turnsOf } from "./Encode.ts"
import { scrub } from "./Failure.ts"

/** What the Layer must hold the provider to. */
export interface OutputLimit {
  readonly model: string
  /** The most output tokens, reasoning included; what the budget hold covers. */
  readonly maxOutputTokens: number
}

export interface LanguageModelAdapterOptions {
  readonly provider: string
  /** The provider's model, with its output limit set. */
  readonly layer: (limit: OutputLimit) => Layer.Layer<LanguageModel.LanguageModel, AiError.AiError>
  /** Tokens the provider may add around a request, beyond its bytes; 1,024 by default. */
  readonly overhead?: number
  readonly minimumOutput?: number
  /** True where calls cost nothing at all. */
  readonly free?: boolean
}

const kinds: Readonly<Partial<Record<AiError.AiError["reason"]["_tag"], ModelErrorKind>>> = {
  NetworkError: "unreachable",
  RateLimitError: "rate_limited",
  QuotaExhaustedError: "refused",
  AuthenticationError: "authentication",
  ContentPolicyError: "refused",
  InvalidRequestError: "invalid_request",
  InvalidUserInputError: "invalid_request",
  UnsupportedSchemaError: "invalid_request",
  ToolConfigurationError: "invalid_request",
  ToolkitRequiredError: "invalid_request",
  InternalProviderError: "overloaded"
}

// The model said what cannot be used: asked again it would say much the same, and be paid for it again.
const unusable = new Set<AiError.AiError["reason"]["_tag"]>([
  "InvalidOutputError",
  "StructuredOutputError",
  "ToolNotFoundError",
  "ToolParameterValidationError"
])

// Only these say that the provider turned the request down before it did anything.
const refusals = new Set<ModelErrorKind>(["rate_limited", "refused", "authentication", "invalid_request"])

const failed =
  (provider: string) =>
  ({ reason }: AiError.AiError): ModelError => {
    const kind = kinds[reason._tag] ?? "protocol"
    const after = reason._tag === "RateLimitError" ? reason.retryAfter : undefined
    return new ModelError({
      provider,
      kind,
      message: `The provider ${provider} failed (${kind.replace("_", " ")}).`,
      retryable: reason.isRetryable && !unusable.has(reason._tag),
      unused: refusals.has(kind),
      detail: scrub(reason.message, undefined),
      ...(after === undefined ? {} : { retryAfterMs: Math.ceil(Duration.toMillis(after)) })
    })
  }

const toolkitOf = (request: ModelRequest) =>
  Toolkit.make(
    ...request.tools.map((tool) =>
      Tool.dynamic(tool.name, { description: tool.description, parameters: { ...tool.inputSchema } })
    )
  )

const messagesOf = (request: ModelRequest): ReadonlyArray<MessageEncoded> => [
  ...request.system.filter((content) => content !== "").map((content): MessageEncoded => ({ role: "system", content })),
  ...request.messages
]

const partsOf = (
  request: ModelRequest
): Stream.Stream<ModelPart, AiError.AiError | Schema.SchemaError, LanguageModel.LanguageModel> => {
  const toolkit = toolkitOf(request)
  const encode = Schema.encodeEffect(Response.StreamPart(toolkit))
  const withHandler = {
    tools: toolkit.tools,
    // tools are run by the agent loop, under its policy, never by the model's own loop
    handle: () => Effect.succeed(Stream.empty)
  }
  return LanguageModel.streamText({
    prompt: Prompt.make(messagesOf(request)),
    toolkit: withHandler,
    disableToolCallResolution: true
  }).pipe(Stream.mapEffect((part) => encode(part)))
}

export const make = (options: LanguageModelAdapterOptions): ModelAdapter => {
  const { layer, provider } = options
  return {
    provider,
    free: options.free ?? false,
    minimumOutput: options.minimumOutput ?? 16,
    bound: (request) =>
      encoding(provider, () => {
        const turns = turnsOf(request)
        const bytes = utf8Bytes(JSON.stringify({ messages: messagesOf(request), tools: request.tools }))
        return { upper: bytes + (options.overhead ?? 1_024), estimate: estimateInput(request, turns) }
      }),
    stream: (request) =>
      partsOf(request).pipe(
        Stream.provide(layer({ model: request.model, maxOutputTokens: request.maxOutputTokens })),
        Stream.mapError((error) =>
          error._tag === "AiError"
            ? failed(provider)(error)
            : new ModelError({
                provider,
                kind: "protocol",
                message: `The provider ${provider} sent something that is not an answer.`,
                retryable: true,
                unused: false
              })
        )
      )
  }
}
