/**
 * BM25 over an utterance and its neighbours: a word of a neighbour counts by its nearness, as if each utterance had
 * three columns (own, one away, two away) with the weights 1, 0.5 and 0.25. The neighbours' words are not stored for
 * that: they are added up when they are looked for.
 */
import type { ScopeIndex } from "./ScopeIndex.ts"
import type { Scratch } from "./Scratch.ts"

/** How rare a term is in the scope; the rarer, the more it says. */
export const rarity = (index: ScopeIndex, id: number): number => {
  const rows = index.postings.frequency(id)
  return Math.log(1 + (index.size - rows + 0.5) / (rows + 0.5))
}

export interface WeightedTerm {
  readonly id: number
  readonly weight: number
}

/**
 * Adds the terms' scores to `into`, and to `coverageSum`, where the rarity of all of them is given as `total`, the share of it
 * that stands in or near each row.
 */
export const lexical = (
  index: ScopeIndex,
  terms: ReadonlyArray<WeightedTerm>,
  [here, near, far]: readonly [number, number, number],
  scratch: Scratch,
  into: "wordSum" | "expanded",
  total?: number
): void => {
  const { found, kernel } = scratch
  const average = index.averageLength || 1
  for (const { id, weight } of terms) {
    const rare = rarity(index, id)
    kernel.term(
      index.postings.collect(id, found),
      scratch.at("found"),
      scratch.at("times"),
      scratch.at("previous"),
      scratch.at("following"),
      scratch.at("lengths"),
      scratch.at("counts"),
      scratch.at("covered"),
      scratch.at("touched"),
      here,
      near,
      far,
      weight * rare,
      average,
      total === undefined ? 0 : rare / total,
      scratch.at(into),
      total === undefined ? 0 : scratch.at("coverageSum")
    )
  }
}
