/** What a ledger is made with. */
import type * as Effect from "effect/Effect"
import type { InstanceFacts } from "../domain/Instance.ts"
import type { BudgetLimits } from "./Limits.ts"

export interface LedgerOptions {
  /** Read at each hold, so that a reloaded configuration counts from the next call on. */
  readonly limits: Effect.Effect<BudgetLimits>
  /** Whether the process of an instance still runs. */
  readonly lives: (instance: InstanceFacts) => boolean
}
