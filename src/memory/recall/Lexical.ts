/**
 * BM25 over an utterance and its neighbours: a word of a neighbour counts by its nearness, as if each utterance had
 * three columns (own, one away, two away) with the weights 1, 0.5 and 0.25. The neighbours' words are not stored for
 * that: they are added up when they are looked for.
 */
import type { ScopeIndex } from "./ScopeIndex.ts"

const saturation = 1.2
const lengthPart = 0.75

/** How much of a term's weight is covered where it stands so near: here, one away, two away. */
const covering = [1, 0.6, 0.3] as const

/** How rare a term is in the scope; the rarer, the more it says. */
export const rarity = (index: ScopeIndex, id: number): number => {
  const rows = index.postings.frequency(id)
  return Math.log(1 + (index.size - rows + 0.5) / (rows + 0.5))
}

/** Arrays of one number for each row, used again for each question; all zero between two. */
export class Scratch {
  counts = new Float32Array(0)
  covered = new Float32Array(0)
  touched = new Int32Array(0)

  fit(size: number): void {
    if (this.counts.length >= size) return
    const length = Math.ceil(size * 1.25)
    this.counts = new Float32Array(length)
    this.covered = new Float32Array(length)
    this.touched = new Int32Array(length)
  }
}

export interface WeightedTerm {
  readonly id: number
  readonly weight: number
}

/**
 * Adds the terms' scores to `score`, and to `coverage`, where it is given, the share of their rarity that stands in or
 * near each row.
 */
export const lexical = (
  index: ScopeIndex,
  terms: ReadonlyArray<WeightedTerm>,
  weights: readonly [number, number, number],
  scratch: Scratch,
  score: Float32Array,
  coverage?: { readonly into: Float32Array; readonly total: number }
): void => {
  scratch.fit(index.size)
  const { counts, covered, touched } = scratch
  const lengths = index.lengths.data
  const previous = index.previous.data
  const following = index.following.data
  const average = index.averageLength || 1
  for (const { id, weight } of terms) {
    const rare = rarity(index, id)
    let reached = 0
    const reach = (row: number, away: 0 | 1 | 2): void => {
      const count = counts[row] ?? 0
      if (count === 0) touched[reached++] = row
      counts[row] = count + weights[away]
      if (covering[away] > (covered[row] ?? 0)) covered[row] = covering[away]
    }
    index.postings.each(id, (row) => {
      reach(row, 0)
      const before = previous[row] ?? -1
      if (before >= 0 && weights[1] > 0) {
        reach(before, 1)
        const second = previous[before] ?? -1
        if (second >= 0 && weights[2] > 0) reach(second, 2)
      }
      const after = following[row] ?? -1
      if (after >= 0 && weights[1] > 0) {
        reach(after, 1)
        const second = following[after] ?? -1
        if (second >= 0 && weights[2] > 0) reach(second, 2)
      }
    })
    for (let i = 0; i < reached; i++) {
      const row = touched[i] ?? 0
      const count = counts[row] ?? 0
      const norm = saturation * (1 - lengthPart + (lengthPart * (lengths[row] ?? 0)) / average)
      score[row] = (score[row] ?? 0) + (weight * rare * count * (saturation + 1)) / (count + norm)
      if (coverage !== undefined) {
        coverage.into[row] = (coverage.into[row] ?? 0) + ((covered[row] ?? 0) * rare) / coverage.total
      }
      counts[row] = 0
      covered[row] = 0
    }
  }
}
