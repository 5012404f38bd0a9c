/** Why the bus refuses. Every reason is for the peer; none names what belongs to another tenant. */
import * as Schema from "effect/Schema"

export const BusErrorReason = Schema.Literals([
  "malformed",
  "version_mismatch",
  "unauthenticated",
  "forbidden",
  "invalid_argument",
  "not_found",
  "already_exists",
  "not_empty",
  "not_joined",
  "too_large",
  "rate_limited",
  "limit_exceeded",
  "temporarily_blocked",
  "content_blocked",
  "unavailable",
  "draining",
  "unknown_outcome",
  "internal"
])
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
