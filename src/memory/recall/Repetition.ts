/**
 * Utterances that say what another one says, word for word: greetings, thanks, the same question again. Under one date a
 * second one costs tokens and tells nothing. Pure.
 */
import type { DayOf } from "../Days.ts"
import type { ScopeIndex } from "./ScopeIndex.ts"

/** On other days the same words tell when something happened; so many dates tell that it often does. */
const mostDays = 3

/** Whether two rows have the same words of the same speaker; one that no vector tells from others is like none. */
const saysTheSame = (index: ScopeIndex, a: number, b: number): boolean => {
  const { dimensions } = index
  const scale = index.scales.data[a] as number
  if (scale === 0) return false
  for (const { data } of [index.scales, index.tokens, index.roles, index.speakers, index.flags, index.capitals]) {
    if (data[a] !== data[b]) return false
  }
  const starts = index.starts.data
  const terms = index.terms.data
  const from = starts[a] as number
  const other = starts[b] as number
  const length = (starts[a + 1] as number) - from
  if (length !== (starts[b + 1] as number) - other) return false
  for (let i = 0; i < length; i++) if (terms[from + i] !== terms[other + i]) return false
  // small words are no terms; the vector knows them
  const vectors = index.vectors.data
  for (let d = 0; d < dimensions; d++) if (vectors[a * dimensions + d] !== vectors[b * dimensions + d]) return false
  return true
}

/** What was taken of one scope, to ask of the next whether it only repeats that. */
export class Repetitions {
  readonly #index: ScopeIndex
  readonly #days: DayOf
  /** By length and number of terms, which most rows that differ do not share. */
  readonly #taken = new Map<number, Array<number>>()

  constructor(index: ScopeIndex, days: DayOf) {
    this.#index = index
    this.#days = days
  }

  /** Whether a row that was taken tells the same under the same date, or enough of them do under others. */
  has(row: number): boolean {
    const index = this.#index
    const dayOf = (one: number): number => this.#days(index.at.data[one] ?? 0)
    const day = dayOf(row)
    let days = 0
    for (const other of this.#taken.get(this.#key(row)) ?? []) {
      if (!saysTheSame(index, row, other)) continue
      days += 1
      if (days === mostDays || dayOf(other) === day) return true
    }
    return false
  }

  add(row: number): void {
    const key = this.#key(row)
    const alike = this.#taken.get(key)
    if (alike === undefined) this.#taken.set(key, [row])
    else alike.push(row)
  }

  #key(row: number): number {
    const { starts, tokens } = this.#index
    const terms = (starts.data[row + 1] as number) - (starts.data[row] as number)
    return (tokens.data[row] as number) * 65_536 + terms
  }
}
