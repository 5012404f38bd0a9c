/** A block is decided in place, or where long ones are: the decision is the same. */
import * as Effect from "effect/Effect"
import type { Compiled } from "./Compiled.ts"
import { type Decision, judge, type Judgement } from "./Decision.ts"
import type { Visited } from "./Walker.ts"
import { Budget } from "./engine/Budget.ts"
import { LONG, type LongBlocks, type Order, STEPS_IN_PLACE } from "./LongBlocks.ts"
import type { CustomRule } from "./Policy.ts"

/** A block, as it is decided on. */
export interface Undecided<A> {
  /** In place, however long that takes. */
  readonly here: () => Decision<A>
  /** Its texts, to be judged elsewhere, and what that makes of it. */
  readonly texts: () => string | ReadonlyArray<Visited>
  /** The texts of what passes instead of it. */
  readonly textsIn: (passing: A) => ReadonlyArray<Visited>
  readonly apply: (judgement: Judgement) => Decision<A>
}

const lengthOf = (texts: string | ReadonlyArray<Visited>): number =>
  typeof texts === "string" ? texts.length : texts.reduce((sum, { text }) => sum + text.length, 0)

/** Decides on a block; fails where an inspection fails. `added` are rules beside the policy's own. */
export const decideOn = <A>(
  block: Undecided<A>,
  { hash, policy, ...compiled }: Compiled,
  { onOverBudget, tails }: Pick<Order, "onOverBudget" | "tails">,
  added: ReadonlyArray<CustomRule>,
  elsewhere: LongBlocks | undefined
): Effect.Effect<Decision<A>, "failed"> => {
  const here = Effect.try({ try: block.here, catch: () => "failed" as const })
  if (elsewhere === undefined) return here
  return Effect.try({
    try: () => {
      const texts = block.texts()
      if (lengthOf(texts) >= LONG) return { texts, judgement: undefined }
      const budget = new Budget(STEPS_IN_PLACE)
      const judgement = judge({ hash, policy, ...compiled }, texts, { onOverBudget, tails, budget })
      return { texts, judgement: budget.isOver ? undefined : judgement }
    },
    catch: () => "failed" as const
  }).pipe(
    Effect.flatMap(({ judgement, texts }) => {
      if (judgement !== undefined) return Effect.sync(() => block.apply(judgement))
      const rules = added.length === 0 ? policy.rules : [...policy.rules, ...added]
      return Effect.flatMap(
        elsewhere.decide({ policy: { ...policy, rules }, key: hash, texts, onOverBudget, tails }),
        (answer) =>
          answer === "busy"
            ? here
            : Effect.sync(() => block.apply({ ...answer, verdict: { ...answer.verdict, policy: hash } }))
      )
    })
  )
}
