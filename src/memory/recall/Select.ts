/** Which of the ranked utterances fit: the best for their length first, each day's header counted once. Pure. */
import { headerTokens } from "../RecallText.ts"
import type { Ranked } from "./Rank.ts"
import type { ScopeIndex } from "./ScopeIndex.ts"

/** What a tenfold length costs a score, by natural logarithm. */
export const lengthCost = 0.35

/** So many that do not fit in a row end the search. */
const patience = 60

export interface Selected {
  /** Ranks in `Ranked`, in order of value. */
  readonly ranks: ReadonlyArray<number>
  readonly tokens: number
  readonly omitted: number
}

export const select = (
  index: ScopeIndex,
  ranked: Ranked,
  budget: number,
  limit: number,
  without: ReadonlySet<number>
): Selected => {
  const tokensOf = (row: number): number => index.tokens.data[row] ?? 0
  const values = Float64Array.from(
    ranked.rows,
    (row, i) => (ranked.scores[i] ?? 0) - lengthCost * Math.log(Math.max(1, tokensOf(row)))
  )
  const order = Int32Array.from(values.keys()).sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b)
  const days = new Set<number>()
  const ranks: Array<number> = []
  let tokens = 0
  let misses = 0
  let omitted = 0
  for (const i of order) {
    const row = ranked.rows[i] ?? 0
    if (without.has(row)) continue
    const day = index.dayOf(row)
    const cost = tokensOf(row) + (days.has(day) ? 0 : headerTokens)
    if (ranks.length >= limit || misses > patience || tokens + cost > budget) {
      omitted += 1
      misses += 1
      continue
    }
    days.add(day)
    ranks.push(i)
    tokens += cost
  }
  return { ranks, tokens, omitted }
}
