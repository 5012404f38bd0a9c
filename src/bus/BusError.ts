/** Why the bus refuses. Every reason is for the peer; none names what belongs to another tenant. */
import * as Schema from "effect/Schema"
import { busErrorReasons } from "./BusErrorReasons.ts"

export const BusErrorReason = Schema.Literals(busErrorReasons)
export type BusErrorReason = typeof BusErrorReason.Type

/** A refusal; nothing was done, unless the reason says otherwise. Audience: peer, model, operator. */
export class BusError extends Schema.TaggedError<BusError>()("BusError", {
  reason: BusErrorReason,
  message: Schema.String,
  /** Milliseconds after which another try makes sense; 0 where none does. */
  retryAfterMillis: Schema.Int
}) {}

export const refuse = (reason: BusErrorReason, message: string, retryAfterMillis = 0): BusError =>
  new BusError({ reason, message, retryAfterMillis })
