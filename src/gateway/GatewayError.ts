/**
 * Errors as peers see them: each has its code of the protocol, a sentence, and typed data. What a peer must not know
 * (causes, vendor texts, paths) never gets here (threats row 31).
 */
import * as Schema from "effect/Schema"
import { ApprovalStatus } from "../approval/Approval.ts"
import { shortfall } from "../budget/BudgetError.ts"
import { ReasonCode } from "../casil/Verdict.ts"
import { errorCode } from "../domain/ErrorCode.ts"
import { ApprovalId } from "../domain/Ids.ts"
import { Scope } from "../identity/Scope.ts"
import { ModelErrorKind } from "../model/ModelError.ts"

const message = Schema.String

/** No valid credential. */
export class Unauthorized extends Schema.TaggedError<Unauthorized>()("Unauthorized", { message }) {
  readonly code = errorCode.unauthorized
}
/** A scope is missing, or the thing belongs to somebody else. */
export class Forbidden extends Schema.TaggedError<Forbidden>()("Forbidden", {
  message,
  scope: Schema.NullOr(Scope)
}) {
  readonly code = errorCode.forbidden
}
/** Too many requests. */
export class RateLimited extends Schema.TaggedError<RateLimited>()("RateLimited", {
  message,
  retryAfterMs: Schema.Int
}) {
  readonly code = errorCode.rateLimited
}
/** An account cannot cover the call; numbers in `unit`. */
export class OverBudget extends Schema.TaggedError<OverBudget>()("OverBudget", { message, ...shortfall }) {
  readonly code = errorCode.budgetExceeded
}
/** No agent of that name, or none configured for the message. */
export class NoAgent extends Schema.TaggedError<NoAgent>()("NoAgent", { message }) {
  readonly code = errorCode.noAgent
}
/** The model's provider failed. */
export class ProviderFailed extends Schema.TaggedError<ProviderFailed>()("ProviderFailed", {
  message,
  kind: ModelErrorKind,
  retryable: Schema.Boolean
}) {
  readonly code = errorCode.providerError
}
/** Content inspection refused. */
export class ContentBlocked extends Schema.TaggedError<ContentBlocked>()("ContentBlocked", {
  message,
  reason: ReasonCode,
  rules: Schema.Array(Schema.String)
}) {
  readonly code = errorCode.blocked
}
/** The session's queue is full, or the gateway is draining. */
export class Overloaded extends Schema.TaggedError<Overloaded>()("Overloaded", { message }) {
  readonly code = errorCode.busy
}
/** A field or frame is over its limit. */
export class TooLarge extends Schema.TaggedError<TooLarge>()("TooLarge", { message, limit: Schema.Int }) {
  readonly code = errorCode.tooLarge
}
/** The turn was cancelled. */
export class Cancelled extends Schema.TaggedError<Cancelled>()("Cancelled", { message }) {
  readonly code = errorCode.cancelled
}
/** The turn cannot go on without an approval that nobody gave. */
export class ApprovalDenied extends Schema.TaggedError<ApprovalDenied>()("ApprovalDenied", {
  message,
  approval: ApprovalId,
  what: Schema.Literals(["tool_call", "budget", "grant"]),
  status: ApprovalStatus
}) {
  readonly code = errorCode.approvalDenied
}
/** A plugin failed. */
export class PluginFailed extends Schema.TaggedError<PluginFailed>()("PluginFailed", {
  message,
  plugin: Schema.String
}) {
  readonly code = errorCode.pluginError
}
/** No such turn, session, token or connection for this principal. */
export class Missing extends Schema.TaggedError<Missing>()("Missing", { message }) {
  readonly code = errorCode.notFound
}
/** The gateway could not do it now (its store is unavailable); nothing was lost. */
export class Unavailable extends Schema.TaggedError<Unavailable>()("Unavailable", { message }) {
  readonly code = errorCode.unavailable
}
/** The parameters are well-formed and contradict one another or the state. */
export class InvalidParams extends Schema.TaggedError<InvalidParams>()("InvalidParams", { message }) {
  readonly code = errorCode.invalidParams
}

/** Everything a handler may fail with. */
export const GatewayError = Schema.Union([
  Unauthorized,
  Forbidden,
  RateLimited,
  OverBudget,
  NoAgent,
  ProviderFailed,
  ContentBlocked,
  Overloaded,
  TooLarge,
  Cancelled,
  ApprovalDenied,
  PluginFailed,
  Missing,
  Unavailable,
  InvalidParams
])
export type GatewayError = typeof GatewayError.Type

/** Code and class of every error, for the protocol's documents. */
export const errorClasses: ReadonlyArray<{
  readonly code: number
  readonly schema: Schema.Top & { readonly identifier: string }
}> = [
  { code: errorCode.unauthorized, schema: Unauthorized },
  { code: errorCode.forbidden, schema: Forbidden },
  { code: errorCode.rateLimited, schema: RateLimited },
  { code: errorCode.budgetExceeded, schema: OverBudget },
  { code: errorCode.noAgent, schema: NoAgent },
  { code: errorCode.providerError, schema: ProviderFailed },
  { code: errorCode.blocked, schema: ContentBlocked },
  { code: errorCode.busy, schema: Overloaded },
  { code: errorCode.tooLarge, schema: TooLarge },
  { code: errorCode.cancelled, schema: Cancelled },
  { code: errorCode.approvalDenied, schema: ApprovalDenied },
  { code: errorCode.pluginError, schema: PluginFailed },
  { code: errorCode.notFound, schema: Missing },
  { code: errorCode.unavailable, schema: Unavailable },
  { code: errorCode.invalidParams, schema: InvalidParams }
]
