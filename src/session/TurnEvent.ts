/** What a turn tells its followers, in order of `seq`. */
import * as Schema from "effect/Schema"
import { ApprovalId, TurnId } from "../domain/Ids.ts"
import { BlockKind, ReceiptRetry } from "./Receipt.ts"

const event = <const T extends string, F extends Schema.Struct.Fields>(type: T, data: F) =>
  Schema.Struct({ type: Schema.Literal(type), data: Schema.Struct(data) })

/** Why a turn ended. */
export const StopReason = Schema.Literals([
  "end_turn",
  "max_tokens",
  "tool_limit",
  "model_limit",
  "time_limit",
  "spend_limit",
  "breaker",
  "cancelled",
  "interrupted",
  "error"
])
export type StopReason = typeof StopReason.Type

/** What a call was charged for one part of its prompt; of the parts that tools made, by tool. */
export const UsageBlock = Schema.Struct({
  kind: BlockKind,
  tool: Schema.optionalKey(Schema.String),
  tokens: Schema.Int,
  micros: Schema.Int
})
export type UsageBlock = typeof UsageBlock.Type

/** An event without its place: type and data as DESIGN 4.1 lists them. */
export const EventBody = Schema.Union([
  event("accepted", {}),
  event("text", { text: Schema.String }),
  event("tool_call", { id: Schema.String, name: Schema.String, input: Schema.Unknown }),
  event("tool_result", {
    id: Schema.String,
    name: Schema.String,
    content: Schema.String,
    isError: Schema.Boolean,
    /** How long the tool ran, in milliseconds; absent where it did not. */
    ms: Schema.optionalKey(Schema.Int)
  }),
  event("usage", {
    /** All input, also what was read from and written to a cache. */
    inputTokens: Schema.Int,
    outputTokens: Schema.Int,
    costMicros: Schema.Int,
    model: Schema.String,
    provider: Schema.optionalKey(Schema.String),
    holdId: Schema.optionalKey(Schema.String),
    cacheRead: Schema.optionalKey(Schema.Int),
    cacheWrite: Schema.optionalKey(Schema.Int),
    savedMicros: Schema.optionalKey(Schema.Int),
    blocks: Schema.optionalKey(Schema.Array(UsageBlock)),
    /** Attempts before this answer. */
    retries: Schema.optionalKey(Schema.Array(ReceiptRetry))
  }),
  event("approval", {
    id: ApprovalId,
    what: Schema.Literals(["tool_call", "budget", "grant"]),
    hash: Schema.String,
    /** Unix time in milliseconds: then it is denied. */
    expiresAt: Schema.Int
  }),
  event("notice", { code: Schema.String, message: Schema.String }),
  event("error", { code: Schema.Int, message: Schema.String }),
  event("done", { stopReason: StopReason })
])
export type EventBody = typeof EventBody.Type

/** An event of a turn; `seq` counts from 1 without holes. `done` is always the last. */
export interface TurnEvent {
  readonly turnId: TurnId
  readonly seq: number
  readonly body: EventBody
}
