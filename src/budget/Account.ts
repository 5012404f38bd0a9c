/** Which accounts a call is charged to. Pure. */
import {
  type AgentId,
  defaultTenant,
  jobOfPrincipal,
  type PrincipalId,
  senderOfPrincipal,
  type TenantId,
  tokenOfPrincipal,
  type TurnId
} from "../domain/Ids.ts"
import type { Limit, OwnLimits } from "../domain/Limit.ts"
import type { AccountScope } from "./BudgetError.ts"
import { type BudgetLimits, stricter } from "./Limits.ts"
import type { Period, Periods } from "./Period.ts"

/** Charges of a stretch of time, and of whom; `from` included, `to` excluded, in Unix milliseconds of their holds. */
export interface Counted {
  readonly from: number
  readonly to: number
  readonly tenant?: TenantId | undefined
  readonly principal?: PrincipalId | undefined
  readonly agent?: AgentId | undefined
  readonly session?: string | undefined
}

/** One account in one period. */
export interface Account {
  /** Its name in the store: scope and key, and its time zone. */
  readonly id: string
  readonly scope: AccountScope
  /** What tells accounts of one scope apart; with its date where the account has a period. */
  readonly key: string
  readonly limit: Limit
  /** Beginning of its period, Unix milliseconds; null where it never ends. */
  readonly since: number | null
  /** End of its period, ISO 8601; null where it never ends. */
  readonly resetsAt: string | null
  /** Of one with a period: the charges that are its own, so that it knows them also where it is looked at late. */
  readonly counted?: Counted | undefined
}

/** Whose accounts; without principal, agent, session or turn, those of the installation and the tenant only. */
export interface AccountOwner {
  readonly tenant: TenantId
  /** A job, the holder of a token and a sender of a channel have accounts of their own, whoever they ask. */
  readonly principal?: PrincipalId | undefined
  readonly agent?: AgentId | undefined
  readonly session?: string | undefined
  readonly turn?: TurnId | undefined
  /** Tells apart the attempts at a turn: each may spend as much as a turn may. */
  readonly attempt?: number | undefined
  /** Work that no session asked for, and that has an account of its own. */
  readonly work?: Work | undefined
}

/** Facts that a model finds in what users say. */
export type Work = "extraction"

/** Under which its charges stand where those of turns have their session. */
export const extractionSession = "extraction"

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
  since: null,
  resetsAt: null
})

type Payer = Omit<Counted, "from" | "to">

const within = (scope: AccountScope, prefix: string, period: Period, limit: Limit, payer: Payer): Account => {
  const { end, key, name, resetsAt, start } = period
  const counted = { from: start, to: end, ...payer }
  return { id: `${scope}:${prefix}${name}`, scope, key: `${prefix}${key}`, limit, since: start, resetsAt, counted }
}

/** Whether a call whose hold was taken at `heldAt` is one of these. */
export const isCounted = ({ from, to, ...payer }: Counted, heldAt: number, spender: Required<Payer>): boolean =>
  heldAt >= from &&
  heldAt < to &&
  (payer.tenant ?? spender.tenant) === spender.tenant &&
  (payer.principal ?? spender.principal) === spender.principal &&
  (payer.agent ?? spender.agent) === spender.agent &&
  (payer.session ?? spender.session) === spender.session

const isLimited = (limit: Limit | undefined): limit is Limit =>
  limit?.micros !== undefined || limit?.tokens !== undefined

/** Accounts of somebody of one's own: everything, and where they are limited the month and the day. */
const ownAccounts = (
  scope: AccountScope,
  key: string,
  own: OwnLimits | undefined,
  periods: Periods,
  payer: Payer
): ReadonlyArray<Account> => [
  lifelong(scope, key, own?.total ?? {}),
  ...(isLimited(own?.month) ? [within(scope, `${key}:month:`, periods.month, own.month, payer)] : []),
  ...(isLimited(own?.day) ? [within(scope, `${key}:day:`, periods.day, own.day, payer)] : [])
]

/** Whoever else has this name in another tenant has another account. Neither tenants nor what follows hold a "/". */
const inTenant = (tenant: TenantId, name: string): string => (tenant === defaultTenant ? name : `${tenant}/${name}`)

/** A sender's name may hold any sign; those that separate the parts of an account's name are encoded. */
const plain = (name: string): string =>
  name.replace(/[%:/]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

interface Own {
  readonly scope: AccountScope
  readonly key: string
  readonly limits: OwnLimits | undefined
}

/** Who the principal is to the ledger, where it is somebody with accounts. */
const ownOf = (limits: BudgetLimits, { principal, tenant }: AccountOwner, stored: OwnLimits | undefined) => {
  if (principal === undefined) return undefined
  const job = jobOfPrincipal(principal)
  if (job !== undefined) return { scope: "schedule", key: job, limits: limits.schedules.get(job) } satisfies Own
  const token = tokenOfPrincipal(principal)
  if (token !== undefined) {
    return { scope: "token", key: inTenant(tenant, token), limits: limits.tokens.get(token) ?? stored } satisfies Own
  }
  const sender = senderOfPrincipal(principal)
  if (sender === undefined) return undefined
  const key = inTenant(tenant, `${plain(sender.channel)}:${plain(sender.sender)}`)
  return { scope: "sender", key, limits: limits.sender } satisfies Own
}

/**
 * Every account that applies, widest first. Balances are counted with and without a limit, so that a limit set later
 * knows what was spent; the own days and months of somebody are added up of their charges once they have a limit, and
 * turns are counted from then on. `stored` are
 * the limits of the principal's token where the configuration does not know it.
 */
export const accountsOf = (
  limits: BudgetLimits,
  owner: AccountOwner,
  periods: Periods,
  stored?: OwnLimits
): ReadonlyArray<Account> => {
  const accounts = [
    lifelong("installation", "all", limits.installation),
    within("month", "", periods.month, limits.month, {}),
    within("day", "", periods.day, limits.day, {}),
    lifelong("tenant", owner.tenant, limits.tenant)
  ]
  const ofAgent = owner.agent === undefined ? undefined : limits.agents.get(owner.agent)
  if (owner.agent !== undefined) {
    const { agent } = owner
    accounts.push(lifelong("agent", agent, stricter(limits.agent, ofAgent?.total)))
    if (isLimited(ofAgent?.month)) accounts.push(within("month", `${agent}:`, periods.month, ofAgent.month, { agent }))
    if (isLimited(ofAgent?.day)) accounts.push(within("day", `${agent}:`, periods.day, ofAgent.day, { agent }))
  }
  const own = ownOf(limits, owner, stored)
  if (own !== undefined) {
    const { principal, tenant } = owner
    accounts.push(...ownAccounts(own.scope, own.key, own.limits, periods, { tenant, principal }))
  }
  if (owner.work !== undefined) {
    accounts.push(...ownAccounts(owner.work, "all", limits.extraction, periods, { session: extractionSession }))
  }
  if (owner.session !== undefined && owner.session !== extractionSession) {
    const session = stricter(stricter(limits.session, ofAgent?.session), own?.limits?.session)
    accounts.push(lifelong("session", owner.session, session))
  }
  if (owner.turn !== undefined) {
    const turn = stricter(stricter(limits.turn, ofAgent?.turn), own?.limits?.turn)
    const { attempt = 0 } = owner
    if (isLimited(turn)) accounts.push(lifelong("turn", attempt === 0 ? owner.turn : `${owner.turn}@${attempt}`, turn))
  }
  return accounts
}
