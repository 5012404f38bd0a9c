/** What was selected, as it is given to whoever asked. Pure. */
import type { DayOf } from "../Days.ts"
import type { StoredTurn } from "../MemoryTurn.ts"
import type { Hit, Recalled, Reason } from "../Recall.ts"
import { headerTokens } from "../RecallText.ts"
import type { Ranked } from "./Rank.ts"
import { signals } from "./weights.ts"

/** What adds less is not worth telling. */
const least = 0.01

const reasons = (ranked: Ranked, at: number): ReadonlyArray<Reason> => {
  const found: Array<Reason> = []
  for (const why of signals) {
    const weight = ranked.part(at, why)
    if (!(weight > least)) continue
    // put where it belongs: sorting them by a function was a quarter of what a question allocates
    const reason = { why, weight }
    let place = found.push(reason) - 1
    for (; place > 0 && (found[place - 1] as Reason).weight < weight; place--) found[place] = found[place - 1] as Reason
    found[place] = reason
  }
  return found
}

/** `turns` in time order; `rankOf` gives the rank of a place, `size` is how many utterances there are. */
export const hitsOf = (
  turns: ReadonlyArray<StoredTurn>,
  ranked: Ranked,
  rankOf: ReadonlyMap<number, number>,
  size: number,
  dayOf: DayOf
): Recalled => {
  let day: number | undefined
  let tokens = 0
  const hits = turns.map((turn): Hit => {
    const at = rankOf.get(turn.n) ?? 0
    const own = dayOf(turn.at)
    const cost = turn.tokens + (own === day ? 0 : headerTokens)
    day = own
    tokens += cost
    return { turn, day: own, score: ranked.scores[at] ?? 0, tokens: cost, why: reasons(ranked, at) }
  })
  return { hits, tokens, omitted: size - hits.length }
}
