/** What a turn cost and why: tokens and micro-dollars by block of the prompt, by model call and by tool. */
import * as Schema from "effect/Schema"

const count = Schema.Int

/** One block of the prompt, by our own estimate in tokens. */
export const ReceiptBlock = Schema.Struct({
  kind: Schema.Literals(["system", "tools", "soul", "facts", "recalled", "recent", "user", "tool_results"]),
  tokens: count
})
export type ReceiptBlock = typeof ReceiptBlock.Type

/** One model call as it was settled. */
export const ReceiptCall = Schema.Struct({
  provider: Schema.String,
  model: Schema.String,
  inputTokens: count,
  outputTokens: count,
  cacheRead: count,
  cacheWrite: count,
  costMicros: count,
  holdId: Schema.String,
  /** `usage`, `estimate` (the vendor's usage was not believable), `bound` (no usage came) or `none` (nothing was used). */
  basis: Schema.Literals(["usage", "estimate", "bound", "none"])
})
export type ReceiptCall = typeof ReceiptCall.Type

export const ReceiptTool = Schema.Struct({
  name: Schema.String,
  calls: count,
  errors: count,
  /** Tokens of its results, by our own estimate. */
  tokens: count
})
export type ReceiptTool = typeof ReceiptTool.Type

export const Receipt = Schema.Struct({
  blocks: Schema.Array(ReceiptBlock),
  calls: Schema.Array(ReceiptCall),
  tools: Schema.Array(ReceiptTool),
  totalTokens: count,
  totalMicros: count,
  priceVersion: Schema.NullOr(Schema.String)
})
export type Receipt = typeof Receipt.Type
