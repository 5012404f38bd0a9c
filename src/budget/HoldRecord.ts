/** A hold as the stores keep it, and what becomes of it. Pure. */
import type { HoldId } from "../domain/Ids.ts"
import type { InstanceFacts } from "../domain/Instance.ts"
import type { Charge } from "./Charge.ts"
import type { Held } from "./HoldDecision.ts"
import type { HoldRequest } from "./LedgerStore.ts"
import { inputCost, saving } from "./Price.ts"
import type { QuoteNumbers } from "./Quote.ts"
import { type Evidence, nothingKnown, settlementOf } from "./Settlement.ts"
import type { Spender } from "./Spender.ts"

export interface HoldRecord {
  readonly id: HoldId
  readonly instance: InstanceFacts
  readonly spender: Spender
  readonly quote: QuoteNumbers
  readonly maxOutputTokens: number
  readonly tokens: number
  readonly micros: number
  readonly heldAt: number
  readonly day: string
  /** Ids of the accounts it was taken from. */
  readonly accounts: ReadonlyArray<string>
  /** What the journal knows. */
  readonly evidence: Evidence
}

export const recordOf = (request: HoldRequest, held: Held): HoldRecord => ({
  id: request.id,
  instance: request.instance,
  spender: request.spender,
  quote: request.quote,
  maxOutputTokens: held.maxOutputTokens,
  tokens: held.tokens,
  micros: held.micros,
  heldAt: request.at,
  day: request.day,
  accounts: request.accounts.map((account) => account.id),
  evidence: nothingKnown
})

/** The charge that settles the hold, by what is known of the call. */
export const chargeOf = (hold: HoldRecord, evidence: Evidence, at: number): Charge => {
  const { quote, spender } = hold
  const settlement = settlementOf(
    {
      inputBound: quote.inputBound,
      inputEstimate: quote.inputEstimate,
      maxOutputTokens: hold.maxOutputTokens,
      micros: hold.micros,
      price: quote.price
    },
    evidence
  )
  return {
    holdId: hold.id,
    tenant: spender.tenant,
    principal: spender.principal,
    agent: spender.agent,
    session: spender.session,
    turn: spender.turn,
    provider: quote.provider,
    model: quote.model,
    usage: settlement.usage,
    reported: evidence.unused ? null : (evidence.usage ?? null),
    costMicros: settlement.micros,
    inputMicros: Math.min(settlement.micros, quote.price === undefined ? 0 : inputCost(quote.price, settlement.usage)),
    savedMicros: quote.price === undefined ? 0 : saving(quote.price, settlement.usage),
    priceVersion: quote.price?.version ?? null,
    basis: settlement.basis,
    flagged: settlement.flagged,
    alarm: settlement.alarm,
    heldTokens: hold.tokens,
    heldMicros: hold.micros,
    heldAt: hold.heldAt,
    settledAt: at
  }
}
