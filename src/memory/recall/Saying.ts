/**
 * What stands in a row itself, for small scopes. The learned weights are those of long histories: with a few dozen rows
 * every word is new, and the spread of a signal says little, so that who spoke outweighs what was said.
 */
import { flag } from "./Features.ts"
import { rarity, type WeightedTerm } from "./Lexical.ts"
import type { ScopeIndex } from "./ScopeIndex.ts"
import type { Scratch } from "./Scratch.ts"

/** From so many rows on the learned weights hold alone; below half of it this counts in full. */
const fewRows = 100

/**
 * Into `own`, by row: the share of the terms' rarity that the row itself says, or the question that it answers: less the nearer a scope
 * is to `fewRows`, and false from there on.
 */
export const saying = (
  index: ScopeIndex,
  terms: ReadonlyArray<WeightedTerm>,
  total: number,
  scratch: Scratch
): boolean => {
  const part = Math.min(1, 2 * (1 - index.size / fewRows))
  if (part <= 0) return false
  const { found } = scratch
  const into = scratch.zeros("own", index.size)
  const add = (row: number, share: number) => (into[row] = Math.min(part, (into[row] as number) + share))
  for (const { id, weight } of terms) {
    const share = (part * weight * rarity(index, id)) / total
    const count = index.postings.collect(id, found)
    const rows = found.rows.subarray(0, count)
    for (const row of rows) {
      add(row, share)
      // what answers a question speaks of it, and seldom says its words again
      const answer = index.following.data[row] as number
      const asks = ((index.flags.data[row] as number) & flag.question) !== 0
      if (asks && answer >= 0 && !rows.includes(answer)) add(answer, share)
    }
  }
  return true
}
