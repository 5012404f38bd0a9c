/** What is asked of a model, provider-neutral: the messages are the encoded form of `effect/ai` prompts. */
import type { MessageEncoded } from "effect/ai/Prompt"
import type { StreamPartEncoded } from "effect/ai/Response"
import type { JsonObject } from "../domain/Json.ts"
import type { CacheMarks } from "./PromptCache.ts"

/** A tool as the model sees it. */
export interface ToolSchema {
  readonly name: string
  readonly description: string
  /** JSON Schema of the input object. */
  readonly inputSchema: JsonObject
}

/** Everything a vendor is shown; each block went through Casil. */
export interface ModelContent {
  readonly system: ReadonlyArray<string>
  readonly messages: ReadonlyArray<MessageEncoded>
  readonly tools: ReadonlyArray<ToolSchema>
  /** What of it comes again, where that is worth a place in the vendor's cache. */
  readonly cache?: CacheMarks | undefined
}

/** Which model, at which provider. */
export interface ModelTarget {
  /** Id of a registered adapter: `offline`, `anthropic`, `openai`, ... */
  readonly provider: string
  readonly model: string
  /** Output tokens asked for. */
  readonly maxOutputTokens: number
}

/** What an adapter sends: the content, and the output limit that the hold covers. */
export interface ModelRequest extends ModelContent {
  readonly model: string
  readonly maxOutputTokens: number
}

/** One part of an answer: the encoded stream parts of `effect/ai`, ending with `finish` and its usage. */
export type ModelPart = StreamPartEncoded
