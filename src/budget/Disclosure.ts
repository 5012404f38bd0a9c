/**
 * Who may see what an account holds. Several tenants pay into one of the installation: its totals would tell each of
 * them what the others do. Pure.
 */
import { defaultTenant, type TenantId } from "../domain/Ids.ts"
import type { SealedPrincipal } from "../identity/Principal.ts"
import { type AccountScope, BudgetExceeded, PauseForApproval } from "./BudgetError.ts"
import type { BudgetWarning, Refused } from "./HoldDecision.ts"

export interface Viewer {
  readonly tenant: TenantId
  /** Whether it may see the totals of all tenants. */
  readonly seesTotals?: boolean | undefined
}

/** By its scopes alone. */
export const seesTotals = (principal: SealedPrincipal): boolean => principal.has("admin") || principal.has("budget:any")

/**
 * Whether the totals are told. The tenant of an installation that configured none sees them while nobody else has ever
 * spent anything: then they are its own.
 */
export const isTold = (viewer: Viewer, othersSpend: boolean): boolean =>
  viewer.seesTotals === true || (viewer.tenant === defaultTenant && !othersSpend)

const shared: ReadonlySet<AccountScope> = new Set(["installation", "month", "day", "agent", "extraction"])

/** Whether more than one tenant may pay into accounts of this scope. */
export const isShared = (scope: AccountScope): boolean => shared.has(scope)

/** A refusal for somebody who may not see the amounts of accounts that others pay into too. */
export const concealed = (reason: Refused["reason"]): Refused["reason"] => {
  if (reason._tag === "Unpriced" || !isShared(reason.scope)) return reason
  const { limit, resetsAt, scope, spent, unit } = reason
  const same = { scope, unit, limit, spent, resetsAt, concealed: true }
  return reason._tag === "BudgetExceeded"
    ? new BudgetExceeded({ ...same, held: reason.held, wanted: reason.wanted })
    : new PauseForApproval({ ...same, account: reason.account })
}

/** A warning for the same. */
export const concealedWarning = (warning: BudgetWarning): BudgetWarning =>
  isShared(warning.scope) ? { ...warning, concealed: true } : warning

/** Amounts as they may be told: null where they are not. */
export const toldAmounts = <A extends { readonly limit: number; readonly spent: number }>(
  amounts: A & { readonly concealed?: boolean | undefined }
): { readonly limit: number | null; readonly spent: number | null } =>
  amounts.concealed === true ? { limit: null, spent: null } : { limit: amounts.limit, spent: amounts.spent }

/** A refusal as its peer is told it. */
export const toldRefusal = (refusal: BudgetExceeded) => {
  const { concealed, held, message, resetsAt, scope, unit, wanted } = refusal
  return { message, scope, unit, ...toldAmounts(refusal), held: concealed === true ? null : held, wanted, resetsAt }
}
