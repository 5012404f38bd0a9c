/**
 * A first look at all utterances of a scope: a cheap sum that decides which few hundred are looked at closely.
 */
import { flag } from "./Features.ts"
import type { Scratch } from "./Lexical.ts"
import type { Query } from "./Query.ts"
import type { ScopeIndex } from "./ScopeIndex.ts"
import { fit } from "./TimeRange.ts"

/** Utterances that are looked at closely. */
export const poolSize = 800

/** Whose utterances a question is about: a speaker's by the term of the name, else those of a role. */
export interface Meant {
  readonly speaker: number | undefined
  readonly role: number | undefined
}

export const meantBy = (index: ScopeIndex, query: Query): Meant => {
  const named = [...index.speakerTerms].filter((term) => query.named.has(term))
  const [speaker] = named
  if (named.length > 1) return { speaker: undefined, role: undefined }
  if (speaker !== undefined) return { speaker: speaker | 0, role: undefined }
  return { speaker: undefined, role: query.aboutYou ? 1 : 0 }
}

export const isMeant = (index: ScopeIndex, { role, speaker }: Meant, row: number): boolean =>
  speaker === undefined
    ? index.roles.data[row] === role && index.speakers.data[row] === 0
    : index.speakers.data[row] === speaker

/** The value that `limit` of the first `size` reach, and more than that only where they are equal: by quickselect. */
const threshold = (score: Float32Array, values: Float32Array, size: number, limit: number): number => {
  values.set(score)
  const wanted = size - limit
  let low = 0
  let high = size - 1
  while (low < high) {
    const pivot = values[(low + high) >> 1] as number
    let left = low
    let right = high
    while (left <= right) {
      while ((values[left] as number) < pivot) left += 1
      while ((values[right] as number) > pivot) right -= 1
      if (left > right) break
      const swapped = values[left] as number
      values[left++] = values[right] as number
      values[right--] = swapped
    }
    if (wanted <= right) high = right
    else if (wanted >= left) low = left
    else break
  }
  return values[wanted] as number
}

/** Rows with the highest scores, at most `limit`, in order of rows; of equal ones the later. */
const best = (score: Float32Array, scratch: Scratch, limit: number): Int32Array => {
  const size = score.length
  const chosen = new Int32Array(Math.min(size, limit))
  if (size <= limit) return chosen.map((_, row) => row)
  const least = threshold(score, scratch.zeros("values", size), size, limit)
  let above = 0
  for (let row = 0; row < size; row++) if ((score[row] as number) > least) above += 1
  let equal = limit - above
  let at = limit
  for (let row = size - 1; row >= 0 && at > 0; row--) {
    const value = score[row] as number
    if (value > least || (value === least && equal-- > 0)) chosen[--at] = row
  }
  return chosen
}

/** What was found of each row so far; `total` is the rarity of all terms of the question. */
export interface Found {
  readonly words: Float32Array
  readonly total: number
  readonly coverage: Float32Array
  readonly cosines: Float32Array
  readonly meant: Meant
}

/** BM25 gives a term at most this many times its rarity. */
const mostOfTerm = 2.2

/** Rows that lead by shares of what is possible: their spread is not known before all are seen. In order of rows. */
export const poolOf = (index: ScopeIndex, query: Query, found: Found, scratch: Scratch): Int32Array => {
  const { size } = index
  const { coverage, cosines, meant, total, words } = found
  const score = scratch.zeros("score", size)
  const flags = index.flags.data
  const wordShare = 3 / (total * mostOfTerm || 1)
  for (let row = 0; row < size; row++) {
    let sum = wordShare * (words[row] as number) + 1.5 * (coverage[row] as number) + 1.5 * (cosines[row] as number)
    if (isMeant(index, meant, row)) sum += 0.5
    const kind = flags[row] as number
    if (kind & flag.question) sum -= 0.2
    if (kind & flag.instruction) sum += 1
    score[row] = sum
  }
  const { time } = query
  if (time !== undefined) {
    for (let row = 0; row < size; row++)
      score[row] = (score[row] as number) + 0.8 * fit(time, query.dayOf(index.at.data[row] ?? 0))
  }
  return best(score, scratch, poolSize)
}
