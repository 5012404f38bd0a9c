/** Why a model gave no (whole) answer. */
import * as Schema from "effect/Schema"

/**
 * `refused` before the stream (a definite HTTP refusal; nothing was used), `rate_limited`, `overloaded`,
 * `unreachable`, `timeout`, `stream` (broke after it began), `protocol` (the vendor sent something undecodable),
 * `no_stream` (a success that is no stream of events: a web page, a server that does not stream), `authentication`,
 * `invalid_request` (our request, or not supported), `circuit_open`, `no_adapter`, `no_key`.
 */
export const ModelErrorKind = Schema.Literals([
  "refused",
  "rate_limited",
  "overloaded",
  "unreachable",
  "timeout",
  "stream",
  "protocol",
  "no_stream",
  "authentication",
  "invalid_request",
  "circuit_open",
  "no_adapter",
  "no_key"
])
export type ModelErrorKind = typeof ModelErrorKind.Type

/** `message` is for peers and never holds the vendor's body; `detail` is for the operator's log. */
export class ModelError extends Schema.TaggedError<ModelError>()("ModelError", {
  provider: Schema.String,
  kind: ModelErrorKind,
  message: Schema.String,
  /** True when another attempt, or another provider, may succeed. */
  retryable: Schema.Boolean,
  /** True when the vendor certainly used nothing. */
  unused: Schema.Boolean,
  retryAfterMs: Schema.optionalKey(Schema.Int),
  detail: Schema.optionalKey(Schema.String)
}) {}
