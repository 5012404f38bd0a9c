/**
 * How a call's input is bounded before it is held: by its bytes while that fits, by an exact count where it does not.
 * Whoever asks holds the first quote as its `attempt` says, and where that is refused, the closer one.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { BudgetError } from "../budget/BudgetError.ts"
import { BudgetLedger, withPermitStream } from "../budget/BudgetLedger.ts"
import { type Attempt, isBeyond } from "../budget/HoldDecision.ts"
import type { Quote } from "../budget/Quote.ts"
import type { Spender } from "../budget/Spender.ts"
import type { Inspected } from "../casil/Inspected.ts"
import type { Model } from "./Model.ts"
import type { ModelError } from "./ModelError.ts"
import type { ModelContent, ModelPart, ModelTarget } from "./ModelRequest.ts"

type Door = Model["Service"]

/** The bound by bytes, to be held whole or not at all; for a model that once used more than was held, the larger count. */
export const first = Effect.fnUntraced(function* (
  door: Door,
  ledger: BudgetLedger["Service"],
  target: ModelTarget,
  content: Inspected<ModelContent>
): Effect.fn.Return<{ readonly quote: Quote; readonly attempt: Attempt }, ModelError> {
  const overran = yield* ledger.overran(target.provider, target.model)
  return overran
    ? { quote: yield* door.quote(target, content, "larger"), attempt: "final" }
    : { quote: yield* door.quote(target, content, "bound"), attempt: "tentative" }
})

/**
 * The quote to ask with once more after the first was refused: an exact count, unless the call is out of reach however
 * it is counted. Fails where no count changes the refusal.
 */
export const closer = (
  door: Door,
  target: ModelTarget,
  content: Inspected<ModelContent>,
  { attempt, quote }: { readonly quote: Quote; readonly attempt: Attempt },
  error: BudgetError
): Effect.Effect<Quote, BudgetError> => {
  if (attempt === "final" || error.reason._tag !== "BudgetExceeded") return Effect.fail(error)
  return isBeyond(quote.numbers, error.reason)
    ? Effect.succeed(quote)
    : Effect.orElseSucceed(door.quote(target, content, "exact"), () => quote)
}

/** The parts of one call, held for `spender` as closely as it takes; nothing of them is asked twice. */
export const permitted = (
  door: Door,
  ledger: BudgetLedger["Service"],
  target: ModelTarget,
  content: Inspected<ModelContent>,
  spender: Spender
): Stream.Stream<ModelPart, ModelError | BudgetError> => {
  const held = (quote: Quote, attempt?: Attempt) => withPermitStream(quote, spender, attempt)(door.stream(quote))
  return Stream.unwrap(
    Effect.map(first(door, ledger, target, content), (one) =>
      // only a hold fails with it, and a hold comes before the first part
      Stream.catchTag(held(one.quote, one.attempt), "BudgetError", (error) =>
        Stream.unwrap(Effect.map(closer(door, target, content, one, error), (quote) => held(quote)))
      )
    )
  ).pipe(Stream.provideService(BudgetLedger, ledger))
}
