/**
 * Scores the utterances of a scope for a question. First a cheap sum over all of them, then, for the few hundred that
 * lead, every signal: measured within that pool, so that a scope of a hundred thousand utterances is judged as one of
 * a few hundred is. Deterministic.
 */
import { flag } from "./Features.ts"
import { lexical, rarity, type WeightedTerm } from "./Lexical.ts"
import type { Query } from "./Query.ts"
import { saying } from "./Saying.ts"
import { nearness, type ScopeIndex } from "./ScopeIndex.ts"
import { meantArguments, meantBy, poolOf } from "./Pool.ts"
import { scratch } from "./Scratch.ts"
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

/** The pool's rows, and each signal's value for each of them. */
export interface Signals {
  readonly rows: Int32Array
  readonly values: Readonly<Record<Signal, Float64Array>>
}

/** What the leaders are found by: the more telling signals, as they are worth beside the words. */
const leading: ReadonlyArray<readonly [signal: Signal, weight: number]> = [
  ["words", 1],
  ["vector", 0.7],
  ["question", -0.5],
  ["first_person", 0.4],
  ["time", 0.3],
  ["when_time", 0.6],
  ["speaker", 0.8],
  ["date", 1.5]
]

export const measure = (index: ScopeIndex, ranker: Ranker, query: Query, vector: Float32Array): Signals => {
  const { size } = index
  const { kernel } = scratch
  scratch.take(index)
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
  for (const sum of ["wordSum", "coverageSum", "cosines", "expanded"] as const) scratch.zeros(sum, size)
  lexical(index, terms, nearness, scratch, "wordSum", total)
  if (related.length > 0) lexical(index, related, nearness, scratch, "wordSum")
  const hasOwn = saying(index, [...terms, ...related], total, scratch)
  ranker.middle.compare(index, vector, scratch)
  const meant = meantBy(index, query)
  const pool = poolOf(index, query, meant, total, scratch)
  const { length } = pool
  const { time } = query
  const column = (signal: Signal): Float64Array => scratch.column(signal, length)
  const rows = scratch.at("rows")
  const flags = scratch.at("flags")
  /** Of the rows' sums, less their mean, in deviations. */
  const spread = (signal: Signal, sum: "wordSum" | "coverageSum" | "cosines" | "expanded"): void => {
    kernel.gather(length, rows, scratch.at(sum), scratch.at(signal))
    kernel.standardise(length, scratch.at(signal))
  }
  const flagged = (signal: Signal, some: number, previous = 0): void =>
    kernel.flagged(length, rows, flags, previous, some, scratch.at(signal))
  spread("words", "wordSum")
  spread("coverage", "coverageSum")
  spread("vector", "cosines")
  const speakersAt = scratch.at("speakers")
  kernel.spoken(length, rows, scratch.at("roles"), speakersAt, ...meantArguments(meant), scratch.at("speaker"))
  flagged("question", flag.question)
  flagged("first_person", flag.firstPerson)
  flagged("time", flag.time)
  flagged("when_time", query.when ? flag.time : 0)
  flagged("count_number", query.howMany ? flag.number : 0)
  flagged("after_question", flag.question, scratch.at("previous"))
  flagged("instruction", flag.instruction)
  if (hasOwn) kernel.gather(length, rows, scratch.at("own"), scratch.at("said"))
  else column("said").fill(0)
  const [date, names, ownStatement, newWords] = [
    column("date").fill(0),
    column("names"),
    column("own_statement"),
    column("new_words")
  ]
  const [speaker, question, firstPerson] = [column("speaker"), column("question"), column("first_person")]
  const sessions = scratch.integers("sessions", length)
  for (let i = 0; i < length; i++) {
    const row = pool[i] as number
    if (time !== undefined) date[i] = fit(time, query.dayOf(index.at.data[row] ?? 0))
    names[i] = Math.min(4, index.capitals.data[row] ?? 0)
    // among people a question answers nothing; what a user asks an assistant for is what the two are about
    if (index.roles.data[row] === 0 && index.speakers.data[row] === 0) question[i] = 0
    ownStatement[i] = (speaker[i] as number) * (1 - (question[i] as number)) * (firstPerson[i] as number)
    newWords[i] = index.novelty.data[row] as number
    sessions[i] = index.sessions.data[row] as number
  }
  const base = scratch.column("base", length).fill(0)
  for (const [signal, weight] of leading) kernel.add(length, scratch.at(signal), weight, scratch.at("base"))
  const first = Array.from(scratch.falling("base", length, "later").subarray(0, leaders))
  lexical(
    index,
    expansion(
      index,
      first.map((i) => pool[i] as number),
      first.map((i) => base[i] as number),
      new Set([...terms, ...related].map(({ id }) => id))
    ),
    [1, 0.3, 0],
    scratch,
    "expanded"
  )
  // as many zeros as there are sessions, and there are no more of them than rows
  scratch.integers("found", size).fill(0)
  const session = scratch.at("session")
  kernel.sessionMeans(
    length,
    scratch.at("sessions"),
    scratch.at("base"),
    scratch.at("found"),
    scratch.at("best0"),
    session
  )
  kernel.standardise(length, session)
  spread("expansion", "expanded")
  return { rows: pool.slice(), values: scratch.copied(length) }
}

/** The pool in order of the weighted sum; equal scores by the later row. */
export const rankBy = ({ rows, values }: Signals, weights: Readonly<Record<Signal, number>>): Ranked => {
  const { length } = rows
  scratch.fit(0, length)
  const sums = scratch.column("base", length).fill(0)
  for (const signal of signals) {
    scratch.column(signal, length).set(values[signal])
    scratch.kernel.add(length, scratch.at(signal), weights[signal], scratch.at("base"))
  }
  const order = scratch.falling("base", length, "later").slice()
  const ordered = new Int32Array(length)
  const scores = new Float64Array(length)
  for (let at = 0; at < length; at++) {
    const i = order[at] as number
    ordered[at] = rows[i] as number
    scores[at] = sums[i] as number
  }
  return {
    rows: ordered,
    scores,
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
