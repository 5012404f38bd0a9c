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

const sums = ["words", "coverage", "cosines", "own", "expanded", "score", "values"] as const

/** Arrays of one number for each row, used again for each question; the counts are zero between two. */
export class Scratch {
  #sums = new Map<(typeof sums)[number], Float32Array>()
  counts = new Float32Array(0)
  covered = new Float32Array(0)
  touched = new Int32Array(0)
  found = { rows: new Int32Array(0), times: new Uint8Array(0) }

  /** Zeros, one for each row, until it is asked for again. */
  zeros(of: (typeof sums)[number], size: number): Float32Array {
    const known = this.#sums.get(of)
    if (known !== undefined && known.length >= size) return known.subarray(0, size).fill(0)
    const longer = new Float32Array(Math.ceil(size * 1.25))
    this.#sums.set(of, longer)
    return longer.subarray(0, size)
  }

  fit(size: number): void {
    if (this.counts.length >= size) return
    const length = Math.ceil(size * 1.25)
    this.counts = new Float32Array(length)
    this.covered = new Float32Array(length)
    this.touched = new Int32Array(length)
    this.found = { rows: new Int32Array(length), times: new Uint8Array(length) }
  }
}

export interface WeightedTerm {
  readonly id: number
  readonly weight: number
}

/**
 * Adds up one term's counts in `scratch`, by row and by neighbours' nearness; gives how many rows it reached, which
 * stand in `scratch.touched`.
 */
const spread = (
  index: ScopeIndex,
  id: number,
  weights: readonly [number, number, number],
  { counts, covered, found, touched }: Scratch
): number => {
  const previous = index.previous.data
  const following = index.following.data
  const count = index.postings.collect(id, found)
  let reached = 0
  for (let i = 0; i < count; i++) {
    const times = found.times[i] as number
    let row = found.rows[i] as number
    const here = row
    for (let step = 0; step < 5; step++) {
      // itself, the two before, the two behind
      if (step === 1 || step === 2) row = previous[row] as number
      else if (step === 3) row = following[here] as number
      else if (step === 4) row = following[row] as number
      if (row < 0) {
        if (step < 3) step = 2
        else break
        continue
      }
      const away = step < 3 ? step : step - 2
      const weight = weights[away as 0 | 1 | 2]
      if (weight === 0) continue
      const sum = counts[row] as number
      if (sum === 0) touched[reached++] = row
      counts[row] = sum + weight * times
      const cover = covering[away as 0 | 1 | 2]
      if (cover > (covered[row] as number)) covered[row] = cover
    }
  }
  return reached
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
  const average = index.averageLength || 1
  for (const { id, weight } of terms) {
    const rare = rarity(index, id)
    const share = coverage === undefined ? 0 : rare / coverage.total
    const reached = spread(index, id, weights, scratch)
    for (let i = 0; i < reached; i++) {
      const row = touched[i] as number
      const count = counts[row] as number
      const norm = saturation * (1 - lengthPart + (lengthPart * (lengths[row] as number)) / average)
      score[row] = (score[row] as number) + (weight * rare * count * (saturation + 1)) / (count + norm)
      if (coverage !== undefined) {
        coverage.into[row] = (coverage.into[row] as number) + (covered[row] as number) * share
      }
      counts[row] = 0
      covered[row] = 0
    }
  }
}
