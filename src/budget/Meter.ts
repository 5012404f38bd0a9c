/** What the model door does with an opened permit. */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type { HoldId } from "../domain/Ids.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { BudgetWarning } from "./HoldDecision.ts"
import type { Usage } from "./Usage.ts"

/** Everything the door does not say is settled at the upper bound. After the settlement nothing here has an effect. */
export interface Meter {
  readonly holdId: HoldId
  /** The output limit that the hold covers; the request must carry it. */
  readonly maxOutputTokens: number
  /** Accounts past their warning mark; each is named once per period. */
  readonly warnings: ReadonlyArray<BudgetWarning>
  /** The vendor accepted the request: from now on nothing is free. */
  readonly began: Effect.Effect<void>
  /** The vendor definitely refused before its stream: nothing was used. Has no effect once it began. */
  readonly refusedUnused: Effect.Effect<void>
  /**
   * The vendor's latest cumulative usage, journalled; `final` once it covers the whole call. `raw` is what it said, to be
   * kept with the charge.
   */
  readonly usage: (usage: Usage, stage: "partial" | "final", raw?: JsonObject) => Effect.Effect<void>
  /** Our own estimate of all output tokens that crossed the wire so far; journalled where it is beyond the hold. */
  readonly delivered: (estimatedOutputTokens: number) => Effect.Effect<void>
  /**
   * What to run, for at most `within`, before settling a call that ends without its final usage. It runs behind the
   * caller's back and may still call `usage` and `delivered`.
   */
  readonly drained: (effect: Effect.Effect<unknown>, within: Duration.Input) => Effect.Effect<void>
}
