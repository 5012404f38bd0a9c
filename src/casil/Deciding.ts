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

/** Texts as they can be given to another thread, with all that is known of them. */
const copied = (texts: string | ReadonlyArray<Visited>): string | ReadonlyArray<Visited> =>
  typeof texts === "string" ? texts : texts.map(({ key, name, path, text }) => ({ text, path, key, name }))

/**
 * Decides on a block, and what the chain makes of that (`conclude`); fails where an inspection fails. `added` are rules
 * beside the policy's own.
 */
export const decideOn = <A>(
  block: Undecided<A>,
  compiled: Compiled,
  { onOverBudget, tails }: Pick<Order, "onOverBudget" | "tails">,
  added: ReadonlyArray<CustomRule>,
  elsewhere: LongBlocks | undefined,
  conclude: (decision: Decision<A>) => Decision<A>
): Effect.Effect<Decision<A>, "failed"> => {
  const { hash, policy } = compiled
  const trying = <B>(run: () => B) => Effect.try({ try: run, catch: () => "failed" as const })
  const here = trying(() => conclude(block.here()))
  if (elsewhere === undefined) return here
  return trying((): Decision<A> | string | ReadonlyArray<Visited> => {
    const texts = block.texts()
    if (lengthOf(texts) >= LONG) return texts
    const budget = new Budget(STEPS_IN_PLACE)
    const judgement = judge(compiled, texts, { onOverBudget, tails, budget })
    return budget.isOver ? texts : conclude(block.apply(judgement))
  }).pipe(
    Effect.flatMap((decided) => {
      if (typeof decided === "object" && "_tag" in decided) return Effect.succeed(decided)
      const rules = added.length === 0 ? policy.rules : [...policy.rules, ...added]
      const order = { policy: { ...policy, rules }, key: hash, texts: copied(decided), onOverBudget, tails }
      return Effect.flatMap(elsewhere.decide(order), (answer) =>
        answer === "busy"
          ? here
          : trying(() => conclude(block.apply({ ...answer, verdict: { ...answer.verdict, policy: hash } })))
      )
    })
  )
}
