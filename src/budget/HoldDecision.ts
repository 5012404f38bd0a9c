/** Whether, and how far, the accounts cover a call. Pure; both stores decide with it inside their transaction. */
import type { Account, Balance } from "./Account.ts"
import { BudgetExceeded, PauseForApproval, Unpriced } from "./BudgetError.ts"
import { dearestCost, outputAffordable } from "./Price.ts"
import type { QuoteNumbers } from "./Quote.ts"

/** An account with what it holds now. */
export interface Standing {
  readonly account: Account
  readonly balance: Balance
}

/** An account has spent more than the warning mark of its limit; said once per period. */
export interface BudgetWarning {
  readonly account: string
  readonly scope: Account["scope"]
  readonly unit: "tokens" | "micros"
  readonly limit: number
  readonly spent: number
  readonly resetsAt: string | null
  /** True where its reader may not see the amounts. */
  readonly concealed?: boolean | undefined
}

export interface Held {
  readonly _tag: "Held"
  /** Output tokens that the accounts cover; goes into the request as its limit. */
  readonly maxOutputTokens: number
  readonly tokens: number
  readonly micros: number
  readonly warnings: ReadonlyArray<BudgetWarning>
  /** Warnings that were given under a lower limit than now, and will be given again. */
  readonly rearmed: ReadonlyArray<Pick<BudgetWarning, "account" | "unit">>
}

export interface Refused {
  readonly _tag: "Refused"
  readonly reason: BudgetExceeded | PauseForApproval | Unpriced
  /** The account that stands in the way only by what is set aside for calls under way; it may cover this one later. */
  readonly waitFor?: string
}

export type HoldDecision = Held | Refused

/** Whether a refusal is the last word, or whoever asked asks again with a closer bound. */
export type Attempt = "final" | "tentative"

/** What is asked for: a tentative hold covers the whole output or nothing. */
export const askedIn = (attempt: Attempt, quote: QuoteNumbers): QuoteNumbers =>
  attempt === "final" ? quote : { ...quote, outputMinimum: quote.outputCeiling }

/** The most that a call can cost, in micro-dollars, at the dearest way its input can be charged; 0 where unpriced. */
export const holdMicros = (quote: QuoteNumbers, output: number): number =>
  quote.price === undefined ? 0 : dearestCost(quote.price, quote.inputBound, output)

const warningsOf = (standing: ReadonlyArray<Standing>, warn: number): Pick<Held, "warnings" | "rearmed"> => {
  const warnings: Array<BudgetWarning> = []
  const rearmed: Array<Held["rearmed"][number]> = []
  for (const { account, balance } of standing) {
    const { id, scope, resetsAt, limit: own } = account
    const look = (unit: BudgetWarning["unit"], limit: number | undefined, spent: number, warned: boolean): void => {
      if (limit === undefined) return
      const isPast = spent >= limit * warn
      if (isPast && !warned) warnings.push({ account: id, scope, unit, limit, spent, resetsAt })
      if (!isPast && warned) rearmed.push({ account: id, unit })
    }
    look("tokens", own.tokens, balance.spentTokens, balance.warnedTokens)
    look("micros", own.micros, balance.spentMicros, balance.warnedMicros)
  }
  return { warnings, rearmed }
}

/** The widest account that has reached its pause mark and that nobody let the call pass. */
const pausedAt = (
  standing: ReadonlyArray<Standing>,
  pause: number | undefined,
  passed: ReadonlyArray<string>
): PauseForApproval | undefined => {
  if (pause === undefined) return undefined
  for (const { account, balance } of standing) {
    const { id, limit, resetsAt, scope } = account
    if (passed.includes(id)) continue
    const at = { account: id, scope, resetsAt }
    if (limit.tokens !== undefined && balance.spentTokens >= limit.tokens * pause) {
      return new PauseForApproval({ ...at, unit: "tokens", limit: limit.tokens, spent: balance.spentTokens })
    }
    if (limit.micros !== undefined && balance.spentMicros >= limit.micros * pause) {
      return new PauseForApproval({ ...at, unit: "micros", limit: limit.micros, spent: balance.spentMicros })
    }
  }
  return undefined
}

const refused = (reason: Refused["reason"]): Refused => ({ _tag: "Refused", reason })

/**
 * The largest output, up to the ceiling, that every account covers beside the whole input bound. Less than the useful
 * minimum is a refusal that names the account which can give least; a money limit refuses what has no price. What the
 * accounts cover still waits for an approval past their pause mark, but for those in `passed`.
 */
export const decideHold = (
  standing: ReadonlyArray<Standing>,
  quote: QuoteNumbers,
  warn: number,
  pause?: number,
  passed: ReadonlyArray<string> = []
): HoldDecision => {
  const least = Math.min(quote.outputMinimum, quote.outputCeiling)
  let output = quote.outputCeiling
  let tightest: BudgetExceeded | undefined
  let waitFor: string | undefined
  const narrow = (account: string, to: number, why: () => BudgetExceeded): void => {
    if (to >= output) return
    output = to
    if (to >= least) return
    tightest = why()
    waitFor = tightest.spent + tightest.wanted <= tightest.limit ? account : undefined
  }
  for (const { account, balance } of standing) {
    const { id, scope, resetsAt, limit } = account
    if (limit.tokens !== undefined) {
      const { tokens } = limit
      const { spentTokens: spent, heldTokens: held } = balance
      narrow(
        id,
        tokens - spent - held - quote.inputBound,
        () =>
          new BudgetExceeded({
            scope,
            unit: "tokens",
            limit: tokens,
            spent,
            held,
            wanted: quote.inputBound + least,
            resetsAt
          })
      )
    }
    if (limit.micros !== undefined) {
      if (quote.price === undefined) return refused(new Unpriced({ provider: quote.provider, model: quote.model }))
      const { micros } = limit
      const { spentMicros: spent, heldMicros: held } = balance
      narrow(
        id,
        outputAffordable(quote.price, quote.inputBound, micros - spent - held),
        () =>
          new BudgetExceeded({
            scope,
            unit: "micros",
            limit: micros,
            spent,
            held,
            wanted: holdMicros(quote, least),
            resetsAt
          })
      )
    }
  }
  if (tightest !== undefined) return { ...refused(tightest), ...(waitFor === undefined ? {} : { waitFor }) }
  const paused = pausedAt(standing, pause, passed)
  if (paused !== undefined) return refused(paused)
  return {
    _tag: "Held",
    maxOutputTokens: output,
    tokens: quote.inputBound + output,
    micros: holdMicros(quote, output),
    ...warningsOf(standing, warn)
  }
}

/**
 * Whether a call that was refused is out of reach however its input is counted: a quarter of our own estimate is more
 * than the account has left, were nothing held. Only a text of hardly anything but repeated signs is that much less.
 */
export const isBeyond = (quote: QuoteNumbers, { limit, spent, unit }: BudgetExceeded): boolean => {
  const least = Math.floor(quote.inputEstimate / 4)
  const wanted =
    unit === "tokens" ? least + quote.outputMinimum : holdMicros({ ...quote, inputBound: least }, quote.outputMinimum)
  return spent + wanted > limit
}
