/** What a ledger is made with. */
import type * as Effect from "effect/Effect"
import type { TenantId } from "../domain/Ids.ts"
import type { InstanceFacts } from "../domain/Instance.ts"
import type { OwnLimits } from "../domain/Limit.ts"
import type { LedgerUnavailable } from "./BudgetError.ts"
import type { BudgetLimits } from "./Limits.ts"

export interface LedgerOptions {
  /** Read at each hold, so that a reloaded configuration counts from the next call on. */
  readonly limits: Effect.Effect<BudgetLimits>
  /** Limits of a token that the configuration does not know; nothing is spent where they cannot be told. */
  readonly ofToken?:
    | ((tenant: TenantId, name: string) => Effect.Effect<OwnLimits | undefined, LedgerUnavailable>)
    | undefined
  /** Whether the process of an instance still runs. */
  readonly lives: (instance: InstanceFacts) => boolean
  /**
   * How long a call waits, in milliseconds, where an account would cover it but for what is set aside for others. What
   * those do not use comes free when they settle. 0, the default: such a call is refused at once.
   */
  readonly patienceMs?: number | undefined
}
