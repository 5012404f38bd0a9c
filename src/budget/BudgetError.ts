/** Why a call got no permit. */
import * as Schema from "effect/Schema"

export const AccountScope = Schema.Literals([
  "installation",
  "tenant",
  "agent",
  "session",
  "day",
  "month",
  "schedule",
  "sender",
  "token",
  "turn",
  "extraction"
])
export type AccountScope = typeof AccountScope.Type

const unit = Schema.Literals(["tokens", "micros"])
/** When the account's period ends, ISO 8601; null where it never does. */
const resetsAt = Schema.NullOr(Schema.String)
/** True where its reader may not see the amounts: the account is one that other tenants pay into. */
const concealed = Schema.optionalKey(Schema.Boolean)

/** What a peer is told of an account that cannot cover a call. All numbers are in `unit`, null where they are not told. */
export const shortfall = {
  scope: AccountScope,
  unit,
  limit: Schema.NullOr(Schema.Int),
  spent: Schema.NullOr(Schema.Int),
  held: Schema.NullOr(Schema.Int),
  /** The least that the call needs. */
  wanted: Schema.Int,
  resetsAt
}

const named = (one: "tokens" | "micros"): string => (one === "tokens" ? "tokens" : "micro-dollars")

/** An account cannot cover the call. */
export class BudgetExceeded extends Schema.TaggedError<BudgetExceeded>()("BudgetExceeded", {
  scope: AccountScope,
  unit,
  limit: Schema.Int,
  spent: Schema.Int,
  held: Schema.Int,
  wanted: Schema.Int,
  resetsAt,
  concealed
}) {
  override get message(): string {
    const reset = this.resetsAt === null ? "It does not reset by itself." : `It resets at ${this.resetsAt}.`
    const amounts =
      this.concealed === true
        ? ""
        : `: limit ${this.limit} ${named(this.unit)}, spent ${this.spent}, held ${this.held}, wanted ${this.wanted}`
    return `The ${this.scope} budget is used up${amounts}. ${reset}`
  }
}

/** An account reached its pause mark, and nobody let this turn go beyond it. Amounts are in `unit`. */
export class PauseForApproval extends Schema.TaggedError<PauseForApproval>()("PauseForApproval", {
  /** Its name in the store. */
  account: Schema.String,
  scope: AccountScope,
  unit,
  limit: Schema.Int,
  spent: Schema.Int,
  resetsAt,
  concealed
}) {
  override get message(): string {
    const reset = this.resetsAt === null ? "" : ` It resets at ${this.resetsAt}.`
    const amounts = this.concealed === true ? "" : `: ${this.spent} of ${this.limit} ${named(this.unit)} are spent`
    return `The ${this.scope} budget has reached its pause mark${amounts}, and a further call needs an approval.${reset}`
  }
}

/** A money limit applies and nobody knows what the model costs. */
export class Unpriced extends Schema.TaggedError<Unpriced>()("Unpriced", {
  provider: Schema.String,
  model: Schema.String
}) {
  override get message(): string {
    return `A money limit applies and the model "${this.model}" of ${this.provider} has no known price. Add [prices."${this.model}"] to the configuration.`
  }
}

/** The ledger could not be read or written; nothing may be spent. The cause is for the operator's log. */
export class LedgerUnavailable extends Schema.TaggedError<LedgerUnavailable>()("LedgerUnavailable", {
  cause: Schema.Defect()
}) {
  override get message(): string {
    return "The budget ledger is not available, so no model call is made. See the gateway's log."
  }
}

/** The one public error of the budget. */
export class BudgetError extends Schema.TaggedError<BudgetError>()("BudgetError", {
  reason: Schema.Union([BudgetExceeded, PauseForApproval, Unpriced, LedgerUnavailable])
}) {
  override get message(): string {
    return this.reason.message
  }
}
