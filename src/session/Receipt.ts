/**
 * What a turn cost and why: every token and micro-dollar, by block of the prompt, by model call and by tool. The blocks
 * and the output make up the totals; tools and calls show the same amounts from other sides.
 */
import * as Schema from "effect/Schema"

const count = Schema.Int

/**
 * Part of the prompts. `answers` is what the model had said before in the same turn, `tool_results` what its tools were
 * asked and said; `other` are prompts of plugins, and those whose parts were lost with their process.
 */
export const BlockKind = Schema.Literals([
  "tools",
  "system",
  "soul",
  "facts",
  "recalled",
  "recent",
  "user",
  "answers",
  "tool_results",
  "other"
])

/** What was charged for a part of the prompts: divided by our own estimate, added up over the calls. */
export const ReceiptBlock = Schema.Struct({
  kind: BlockKind,
  tokens: count,
  micros: count
})
export type ReceiptBlock = typeof ReceiptBlock.Type

/** One model call as it was settled. */
export const ReceiptCall = Schema.Struct({
  provider: Schema.String,
  model: Schema.String,
  /** Input that was neither read from nor written to a cache. */
  inputTokens: count,
  outputTokens: count,
  cacheRead: count,
  cacheWrite: count,
  costMicros: count,
  /** What the vendor's cache saved; negative where writing to it cost more. */
  savedMicros: count,
  holdId: Schema.String,
  /** `usage`, `estimate` (the vendor's usage was not believable), `bound` (no usage came) or `none` (nothing was used). */
  basis: Schema.Literals(["usage", "estimate", "bound", "none"]),
  blocks: Schema.Array(ReceiptBlock)
})
export type ReceiptCall = typeof ReceiptCall.Type

export const ReceiptTool = Schema.Struct({
  name: Schema.String,
  calls: count,
  errors: count,
  /** How long it ran in all, in milliseconds. */
  ms: count,
  /** Tokens of its results, by our own estimate. */
  tokens: count,
  /** What its calls and results made of the prompts, charged anew with each call that showed them. */
  promptTokens: count,
  costMicros: count
})
export type ReceiptTool = typeof ReceiptTool.Type

/** An attempt that did not answer, and was followed by another one: with `fallback`, at another provider. */
export const ReceiptRetry = Schema.Struct({
  provider: Schema.String,
  model: Schema.String,
  /** Why it did not answer. */
  kind: Schema.String,
  fallback: Schema.Boolean,
  /** Its charge, if it came so far. */
  holdId: Schema.NullOr(Schema.String)
})
export type ReceiptRetry = typeof ReceiptRetry.Type

export const Receipt = Schema.Struct({
  blocks: Schema.Array(ReceiptBlock),
  calls: Schema.Array(ReceiptCall),
  tools: Schema.Array(ReceiptTool),
  retries: Schema.Array(ReceiptRetry),
  outputTokens: count,
  outputMicros: count,
  /** All blocks and the output. */
  totalTokens: count,
  totalMicros: count,
  /** What caching saved in all; negative where writing to the caches cost more. */
  savedMicros: count,
  priceVersion: Schema.NullOr(Schema.String)
})
export type Receipt = typeof Receipt.Type
