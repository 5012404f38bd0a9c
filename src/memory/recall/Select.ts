/**
 * Which of the ranked utterances fit: the best for their length first, each day's header counted once, and none that
 * only repeats another. Pure.
 */
import { dayOf } from "../Calendar.ts"
import type { DayOf } from "../Days.ts"
import { headerTokens } from "../RecallText.ts"
import { flag } from "./Features.ts"
import { falling } from "./Order.ts"
import type { Ranked } from "./Rank.ts"
import { Repetitions } from "./Repetition.ts"
import type { ScopeIndex } from "./ScopeIndex.ts"

/** What a length costs a score, by its natural logarithm. */
const lengthCost = 0.35

/**
 * What more it costs from so many tokens on where no speaker is named: people's lines to each other are alike in length,
 * and the weights are learned from those; one answer of an assistant takes the room of a dozen messages.
 */
const longFrom = 60
const longCost = 0.7

const costOf = (index: ScopeIndex, row: number): number => {
  const tokens = Math.max(1, index.tokens.data[row] as number)
  const cost = lengthCost * Math.log(tokens)
  return index.speakers.data[row] === 0 && tokens > longFrom ? cost + longCost * Math.log(tokens / longFrom) : cost
}

/** So many that do not fit in a row end the search. */
const patience = 60

/** What the user wants from now on comes first, up to this share of the budget, and this many tokens. */
const instructionShare = 0.1
const instructionTokens = 200

export interface Selected {
  /** Ranks in `Ranked`, in order of value. */
  readonly ranks: ReadonlyArray<number>
  readonly tokens: number
}

export const select = (
  index: ScopeIndex,
  ranked: Ranked,
  budget: number,
  limit: number,
  without: ReadonlySet<number>,
  days: DayOf = dayOf
): Selected => {
  const { rows, scores } = ranked
  const values = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) values[i] = (scores[i] as number) - costOf(index, rows[i] as number)
  const order = falling(values, "earlier")
  const shown = new Set<number>()
  const ranks = new Set<number>()
  const taken = new Repetitions(index, days)
  let tokens = 0
  const take = (i: number, ceiling: number): boolean => {
    const row = rows[i] as number
    const day = days(index.at.data[row] ?? 0)
    const cost = (index.tokens.data[row] as number) + (shown.has(day) ? 0 : headerTokens)
    if (ranks.size >= limit || tokens + cost > ceiling) return false
    shown.add(day)
    ranks.add(i)
    taken.add(row)
    tokens += cost
    return true
  }
  const instructions = Math.min(budget * instructionShare, instructionTokens)
  for (const i of order) {
    const row = rows[i] as number
    const instructs = ((index.flags.data[row] as number) & flag.instruction) !== 0
    if (instructs && !without.has(row) && !taken.has(row)) take(i, instructions)
  }
  let misses = 0
  for (const i of order) {
    if (misses > patience || ranks.size >= limit) break
    const row = rows[i] as number
    if (ranks.has(i) || without.has(row) || taken.has(row)) continue
    misses = take(i, budget) ? 0 : misses + 1
  }
  return { ranks: [...ranks], tokens }
}
