/** What was selected, as it is given to whoever asked. Pure. */
import { dayOf } from "../Calendar.ts"
import type { StoredTurn } from "../MemoryTurn.ts"
import type { Hit, Recalled, Reason } from "../Recall.ts"
import { headerTokens } from "../RecallText.ts"
import type { Ranked } from "./Rank.ts"

/** What adds less is not worth telling. */
const least = 0.01

const reasons = (ranked: Ranked, at: number): ReadonlyArray<Reason> => {
  const found: Array<Reason> = []
  for (const { signal, weight } of ranked.parts(at)) if (weight > least) found.push({ why: signal, weight })
  return found.sort((a, b) => b.weight - a.weight)
}

/** `turns` in time order; `rankOf` gives the rank of a place, `size` is how many utterances there are. */
export const hitsOf = (
  turns: ReadonlyArray<StoredTurn>,
  ranked: Ranked,
  rankOf: ReadonlyMap<number, number>,
  size: number
): Recalled => {
  let day: number | undefined
  let tokens = 0
  const hits = turns.map((turn): Hit => {
    const at = rankOf.get(turn.n) ?? 0
    const cost = turn.tokens + (dayOf(turn.at) === day ? 0 : headerTokens)
    day = dayOf(turn.at)
    tokens += cost
    return { turn, score: ranked.scores[at] ?? 0, tokens: cost, why: reasons(ranked, at) }
  })
  return { hits, tokens, omitted: size - hits.length }
}
