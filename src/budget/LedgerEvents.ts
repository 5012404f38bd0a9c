/** Every movement of the ledger as an audit event: names, ids and numbers only. Pure. */
import type { AuditEvent } from "../audit/AuditEvent.ts"
import type { Charge } from "./Charge.ts"
import type { HoldDecision } from "./HoldDecision.ts"
import type { Amounts, HoldRecord } from "./HoldRecord.ts"
import type { HoldRequest } from "./LedgerStore.ts"
import type { Spender } from "./Spender.ts"

const who = (spender: Spender) => ({
  tenant: spender.tenant,
  principal: spender.principal,
  agent: spender.agent,
  session: spender.session,
  turn: spender.turn
})

const outcomes = { BudgetExceeded: "exceeded", PauseForApproval: "paused", Unpriced: "unpriced" } as const

/** A hold that was taken (`budget.hold`) or not (`budget.refused`). */
export const holdEvent = (request: HoldRequest, decision: HoldDecision): AuditEvent => {
  const { spender, quote } = request
  const call = { provider: quote.provider, model: quote.model, inputBound: quote.inputBound }
  if (decision._tag === "Held") {
    return {
      kind: "budget.hold",
      ...who(spender),
      outcome: "ok",
      data: {
        hold: request.id,
        ...call,
        maxOutput: decision.maxOutputTokens,
        tokens: decision.tokens,
        micros: decision.micros
      }
    }
  }
  const { reason } = decision
  const numbers =
    reason._tag === "BudgetExceeded"
      ? {
          scope: reason.scope,
          unit: reason.unit,
          limit: reason.limit,
          spent: reason.spent,
          held: reason.held,
          wanted: reason.wanted
        }
      : reason._tag === "PauseForApproval"
        ? { scope: reason.scope, unit: reason.unit, limit: reason.limit, spent: reason.spent }
        : {}
  return {
    kind: "budget.refused",
    ...who(spender),
    outcome: outcomes[reason._tag],
    data: { ...call, ...numbers }
  }
}

/** A hold that turned out too small while its call runs: what was set aside on top of it (`budget.extended`). */
export const extensionEvent = (hold: HoldRecord, short: Amounts): AuditEvent => ({
  kind: "budget.extended",
  ...who(hold.spender),
  outcome: "over_hold",
  data: { hold: hold.id, provider: hold.quote.provider, model: hold.quote.model, ...short }
})

/** A settled hold (`budget.settled`), and a `budget.alarm` beside it where more was used than was held. */
export const chargeEvents = (charge: Charge): ReadonlyArray<AuditEvent> => {
  const event: AuditEvent = {
    kind: "budget.settled",
    ...who(charge),
    outcome: charge.basis,
    data: {
      hold: charge.holdId,
      provider: charge.provider,
      model: charge.model,
      input: charge.usage.input,
      output: charge.usage.output,
      cacheRead: charge.usage.cacheRead,
      cacheWrite: charge.usage.cacheWrite,
      micros: charge.costMicros,
      priceVersion: charge.priceVersion,
      flagged: charge.flagged,
      heldTokens: charge.heldTokens,
      heldMicros: charge.heldMicros
    }
  }
  return charge.alarm ? [event, { ...event, kind: "budget.alarm", outcome: "over_hold" }] : [event]
}
