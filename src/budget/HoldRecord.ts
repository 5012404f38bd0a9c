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
import { countsOf, totalTokens } from "./Usage.ts"

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
  /** Set aside on top, because the call turned out to use more than was held for it. */
  readonly extra?: Amounts | undefined
}

export interface Amounts {
  readonly tokens: number
  readonly micros: number
}

/** All that is set aside for the call now. */
export const heldFor = ({ extra, micros, tokens }: Pick<HoldRecord, "extra" | "micros" | "tokens">): Amounts => ({
  tokens: tokens + (extra?.tokens ?? 0),
  micros: micros + (extra?.micros ?? 0)
})

const settled = (hold: HoldRecord, evidence: Evidence) => {
  const { inputBound, inputEstimate, price } = hold.quote
  const { maxOutputTokens, micros } = hold
  return settlementOf({ inputBound, inputEstimate, maxOutputTokens, micros, price }, evidence)
}

/**
 * What is missing to cover the call as far as it is known, so that spent and held are never less than the truth, also
 * before it is settled; undefined where enough is held. No limit is asked: the vendor has been used already.
 */
export const shortOf = (hold: HoldRecord, evidence: Evidence): Amounts | undefined => {
  const { micros, usage } = settled(hold, evidence)
  const held = heldFor(hold)
  const short = { tokens: Math.max(0, totalTokens(usage) - held.tokens), micros: Math.max(0, micros - held.micros) }
  return short.tokens === 0 && short.micros === 0 ? undefined : short
}

/** The hold with what its journal knows now, and with what that wants set aside on top. */
export const journalled = (hold: HoldRecord, evidence: Evidence, short: Amounts | undefined): HoldRecord => {
  if (short === undefined) return { ...hold, evidence }
  const { extra = { tokens: 0, micros: 0 } } = hold
  return { ...hold, evidence, extra: { tokens: extra.tokens + short.tokens, micros: extra.micros + short.micros } }
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
  const settlement = settled(hold, evidence)
  return {
    holdId: hold.id,
    tenant: spender.tenant,
    principal: spender.principal,
    agent: spender.agent,
    session: spender.session,
    turn: spender.turn,
    provider: quote.provider,
    model: quote.model,
    usage: countsOf(settlement.usage),
    reported: evidence.unused ? null : (evidence.usage ?? null),
    raw: evidence.unused ? null : (evidence.raw ?? null),
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
