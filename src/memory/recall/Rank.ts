/**
 * Scores the utterances of a scope for a question. First a cheap sum over all of them, then, for the few hundred that
 * lead, every signal: measured within that pool, so that a scope of a hundred thousand utterances is judged as one of
 * a few hundred is. Deterministic.
 */
import { flag } from "./Features.ts"
import { lexical, rarity, Scratch, type WeightedTerm } from "./Lexical.ts"
import type { Query } from "./Query.ts"
import { saying } from "./Saying.ts"
import { nearness, type ScopeIndex } from "./ScopeIndex.ts"
import { isMeant, meantBy, poolOf } from "./Pool.ts"
import { falling } from "./Order.ts"
import { Middle } from "./Similarity.ts"
import { fit } from "./TimeRange.ts"
import { type Signal, signals, weights as learned } from "./weights.ts"

/** The second round looks for what the best so many hits speak of, by so many terms. */
const leaders = 8
const expansionTerms = 10

export interface Ranked {
  /** Rows of the scope's index, best first. */
  readonly rows: Int32Array
  readonly scores: Float64Array
  /** What a signal added, by rank. */
  readonly part: (rank: number, signal: Signal) => number
}

/** What one scope's questions share. */
export class Ranker {
  readonly middle: Middle
  constructor(middle: Middle = new Middle()) {
    this.middle = middle
  }
}

/** One for all scopes: nothing of a question outlives `measure`, and nobody asks in the middle of it. */
const scratch = new Scratch()

/** Less the mean, in standard deviations; in place. */
const standardise = (values: Float64Array): Float64Array => {
  const { length } = values
  let mean = 0
  for (let i = 0; i < length; i++) mean += values[i] as number
  mean /= length || 1
  let variance = 0
  for (let i = 0; i < length; i++) variance += ((values[i] as number) - mean) ** 2
  const deviation = Math.sqrt(variance / (length || 1)) || 1
  for (let i = 0; i < length; i++) values[i] = ((values[i] as number) - mean) / deviation
  return values
}

/** Terms of the leading rows that the question did not have, the most telling first. */
const expansion = (
  index: ScopeIndex,
  rows: ReadonlyArray<number>,
  base: ReadonlyArray<number>,
  asked: ReadonlySet<number>
): ReadonlyArray<WeightedTerm> => {
  const found = new Map<number, number>()
  rows.forEach((row, i) => {
    const weight = Math.max(0, base[i] ?? 0)
    const end = index.starts.data[row + 1] ?? 0
    for (let at = index.starts.data[row] ?? 0; at < end; at++) {
      const id = index.terms.data[at] as number
      if (!asked.has(id)) found.set(id, (found.get(id) ?? 0) + weight)
    }
  })
  // the first few in order, without an object and a comparison for each of the others
  const terms: Array<WeightedTerm> = []
  for (const [id, sum] of found) {
    const weight = sum * rarity(index, id)
    let at = terms.length
    const isBefore = (other: WeightedTerm): boolean =>
      other.weight > weight || (other.weight === weight && other.id < id)
    while (at > 0 && !isBefore(terms[at - 1] as WeightedTerm)) at -= 1
    if (at === expansionTerms) continue
    terms.splice(at, 0, { id, weight })
    if (terms.length > expansionTerms) terms.pop()
  }
  const most = terms[0]?.weight ?? 0
  return most > 0 ? terms.map(({ id, weight }) => ({ id, weight: weight / most })) : []
}

/** By row of the pool: the mean of the best three of its session, into `means`. */
const sessionMeans = (index: ScopeIndex, pool: Int32Array, base: Float64Array, means: Float64Array): Float64Array => {
  const sessions = index.sessions.data
  // three places for each session of the pool, the best first
  const placeOf = new Map<number, number>()
  const best = new Float64Array(pool.length * 3).fill(-Infinity)
  for (let i = 0; i < pool.length; i++) {
    const session = sessions[pool[i] as number] as number
    let at = placeOf.get(session)
    if (at === undefined) placeOf.set(session, (at = placeOf.size * 3))
    let value = base[i] as number
    for (const end = at + 3; at < end; at++) {
      const other = best[at] as number
      if (other >= value) continue
      best[at] = value
      value = other
    }
  }
  for (let i = 0; i < pool.length; i++) {
    const at = placeOf.get(sessions[pool[i] as number] as number) ?? 0
    let sum = 0
    for (let place = at; place < at + 3; place++) {
      const value = best[place] as number
      if (value > -Infinity) sum += value
    }
    means[i] = sum / 3
  }
  return means
}

/** The pool's rows, and each signal's value for each of them. */
export interface Signals {
  readonly rows: Int32Array
  readonly values: Readonly<Record<Signal, Float64Array>>
}

export const measure = (index: ScopeIndex, ranker: Ranker, query: Query, vector: Float32Array): Signals => {
  const { size } = index
  // a speaker's name is in every second line: it says who is meant, not what
  const asked = query.terms.filter((term) => !index.speakerTerms.has(term))
  const terms = asked.flatMap((term) => {
    const id = index.postings.idOf(term)
    return id === undefined ? [] : [{ id, weight: 1 }]
  })
  const related = query.related.flatMap(({ term, weight }) => {
    const id = index.speakerTerms.has(term) ? undefined : index.postings.idOf(term)
    return id === undefined ? [] : [{ id, weight }]
  })
  const total = terms.reduce((sum, { id }) => sum + rarity(index, id), 0) || 1
  const words = scratch.zeros("words", size)
  const coverage = scratch.zeros("coverage", size)
  lexical(index, terms, nearness, scratch, words, { into: coverage, total })
  if (related.length > 0) lexical(index, related, nearness, scratch, words)
  const cosines = scratch.zeros("cosines", size)
  const own = saying(index, [...terms, ...related], total, scratch)
  ranker.middle.compare(index, vector, cosines)
  const meant = meantBy(index, query)
  const pool = poolOf(index, query, { words, total, coverage, cosines, meant }, scratch)
  const { time } = query
  const flags = index.flags.data
  const has = (row: number, one: number): number => ((flags[row] as number) & one ? 1 : 0)
  const spoken = (row: number): number => (isMeant(index, meant, row) ? 1 : 0)
  // one piece of memory for all signals: each of its own would cost more than what is written to it
  const block = new Float64Array(pool.length * (signals.length + 1))
  let taken = 0
  const blank = (): Float64Array => block.subarray(taken, (taken += pool.length))
  const of = (value: (row: number) => number): Float64Array => {
    const column = blank()
    for (let i = 0; i < pool.length; i++) column[i] = value(pool[i] as number)
    return column
  }
  const values = {
    words: standardise(of((row) => words[row] as number)),
    coverage: standardise(of((row) => coverage[row] as number)),
    vector: standardise(of((row) => cosines[row] as number)),
    speaker: of(spoken),
    date: time === undefined ? blank() : of((row) => fit(time, query.dayOf(index.at.data[row] ?? 0))),
    question: of((row) => has(row, flag.question)),
    first_person: of((row) => has(row, flag.firstPerson)),
    time: of((row) => has(row, flag.time)),
    when_time: of((row) => (query.when ? has(row, flag.time) : 0)),
    count_number: of((row) => (query.howMany ? has(row, flag.number) : 0)),
    names: of((row) => Math.min(4, index.capitals.data[row] ?? 0)),
    after_question: of((row) => {
      const before = index.previous.data[row] ?? -1
      return before < 0 ? 0 : has(before, flag.question)
    }),
    own_statement: of((row) => spoken(row) * (1 - has(row, flag.question)) * has(row, flag.firstPerson)),
    new_words: of((row) => index.novelty.data[row] as number),
    instruction: of((row) => has(row, flag.instruction)),
    said: own === undefined ? blank() : of((row) => own[row] as number)
  }
  const base = blank()
  for (let i = 0; i < pool.length; i++) {
    base[i] =
      (values.words[i] as number) +
      0.7 * (values.vector[i] as number) -
      0.5 * (values.question[i] as number) +
      0.4 * (values.first_person[i] as number) +
      0.3 * (values.time[i] as number) +
      0.6 * (values.when_time[i] as number) +
      0.8 * (values.speaker[i] as number) +
      1.5 * (values.date[i] as number)
  }
  const leading = falling(base, "later").subarray(0, leaders)
  const expanded = scratch.zeros("expanded", size)
  lexical(
    index,
    expansion(
      index,
      Array.from(leading, (i) => pool[i] as number),
      Array.from(leading, (i) => base[i] as number),
      new Set([...terms, ...related].map(({ id }) => id))
    ),
    [1, 0.3, 0],
    scratch,
    expanded
  )
  return {
    rows: pool,
    values: {
      ...values,
      session: standardise(sessionMeans(index, pool, base, blank())),
      expansion: standardise(of((row) => expanded[row] as number))
    }
  }
}

/** The pool in order of the weighted sum; equal scores by the later row. */
export const rankBy = ({ rows, values }: Signals, weights: Readonly<Record<Signal, number>>): Ranked => {
  const sums = new Float64Array(rows.length)
  for (const signal of signals) {
    const column = values[signal]
    const weight = weights[signal]
    for (let i = 0; i < rows.length; i++) sums[i] = (sums[i] as number) + weight * (column[i] as number)
  }
  const order = falling(sums, "later")
  return {
    rows: order.map((i) => rows[i] as number),
    scores: new Float64Array(rows.length).map((_, at) => sums[order[at] as number] as number),
    part: (at, signal) => weights[signal] * (values[signal][order[at] ?? 0] ?? 0)
  }
}

export const rank = (
  index: ScopeIndex,
  ranker: Ranker,
  query: Query,
  vector: Float32Array,
  weights: Readonly<Record<Signal, number>> = learned
): Ranked => rankBy(measure(index, ranker, query, vector), weights)
