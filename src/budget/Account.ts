/** Which accounts a call is charged to. Pure. */
import { type AgentId, jobOfPrincipal, type PrincipalId, type TenantId } from "../domain/Ids.ts"
import type { AccountScope } from "./BudgetError.ts"
import { type BudgetLimits, type Limit, stricter } from "./Limits.ts"
import type { Period, Periods } from "./Period.ts"

/** One account in one period. */
export interface Account {
  /** Its name in the store: scope and key. */
  readonly id: string
  readonly scope: AccountScope
  /** What tells accounts of one scope apart; with its date where the account has a period. */
  readonly key: string
  readonly limit: Limit
  /** End of its period, ISO 8601; null where it never ends. */
  readonly resetsAt: string | null
}

/** Whose accounts; without principal, agent or session, those of the installation and the tenant only. */
export interface AccountOwner {
  readonly tenant: TenantId
  /** Counts where it is a job: a schedule has an account of its own, whoever it asks and whatever its turn calls. */
  readonly principal?: PrincipalId | undefined
  readonly agent?: AgentId | undefined
  readonly session?: string | undefined
}

/** What an account holds: `spent` is settled, `held` is set aside for calls under way. */
export interface Balance {
  readonly spentTokens: number
  readonly heldTokens: number
  readonly spentMicros: number
  readonly heldMicros: number
  /** Units whose warning was given in this period. */
  readonly warnedTokens: boolean
  readonly warnedMicros: boolean
}

export const emptyBalance: Balance = {
  spentTokens: 0,
  heldTokens: 0,
  spentMicros: 0,
  heldMicros: 0,
  warnedTokens: false,
  warnedMicros: false
}

const lifelong = (scope: AccountScope, key: string, limit: Limit): Account => ({
  id: `${scope}:${key}`,
  scope,
  key,
  limit,
  resetsAt: null
})

const within = (scope: AccountScope, prefix: string, period: Period, limit: Limit): Account => {
  const key = `${prefix}${period.key}`
  return { id: `${scope}:${key}`, scope, key, limit, resetsAt: period.resetsAt }
}

/**
 * Every account that applies, widest first. Balances are counted with and without a limit, so that a limit set later
 * knows what was spent; the own day and month of an agent or a job are counted once they have a limit.
 */
export const accountsOf = (limits: BudgetLimits, owner: AccountOwner, periods: Periods): ReadonlyArray<Account> => {
  const accounts = [
    lifelong("installation", "all", limits.installation),
    within("month", "", periods.month, limits.month),
    within("day", "", periods.day, limits.day),
    lifelong("tenant", owner.tenant, limits.tenant)
  ]
  const own = owner.agent === undefined ? undefined : limits.agents.get(owner.agent)
  if (owner.agent !== undefined) {
    accounts.push(lifelong("agent", owner.agent, limits.agent))
    if (own?.month !== undefined) accounts.push(within("month", `${owner.agent}:`, periods.month, own.month))
    if (own?.day !== undefined) accounts.push(within("day", `${owner.agent}:`, periods.day, own.day))
  }
  const job = owner.principal === undefined ? undefined : jobOfPrincipal(owner.principal)
  const ofJob = job === undefined ? undefined : limits.schedules.get(job)
  if (job !== undefined) {
    accounts.push(lifelong("schedule", job, {}))
    if (ofJob?.month !== undefined) accounts.push(within("schedule", `${job}:month:`, periods.month, ofJob.month))
    if (ofJob?.day !== undefined) accounts.push(within("schedule", `${job}:day:`, periods.day, ofJob.day))
  }
  if (owner.session !== undefined) {
    const session = stricter(stricter(limits.session, own?.session), ofJob?.session)
    accounts.push(lifelong("session", owner.session, session))
  }
  return accounts
}
