/** Warnings as the operator's log has them: whoever asked may be a job, which nobody reads along with. */
import * as Effect from "effect/Effect"
import type { BudgetWarning } from "./HoldDecision.ts"

/** More accounts than pass their mark in a while; beyond, something is told once more. */
const remembered = 1_000

export class WarningLog {
  readonly #told = new Set<string>()

  /** Logs it, once for each account, unit and limit. */
  tell({ account, limit, resetsAt, spent, unit }: BudgetWarning): Effect.Effect<void> {
    return Effect.suspend(() => {
      const name = `${account} ${unit} ${limit}`
      if (this.#told.has(name)) return Effect.void
      if (this.#told.size >= remembered) this.#told.clear()
      this.#told.add(name)
      const amount = unit === "tokens" ? "tokens" : "micro-dollars"
      const until = resetsAt === null ? "" : `; it resets at ${resetsAt}`
      return Effect.logWarning(`budget: ${account} has spent ${spent} of its ${limit} ${amount}${until}`)
    })
  }
}
