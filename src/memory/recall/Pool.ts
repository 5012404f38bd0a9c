/**
 * A first look at all utterances of a scope: a cheap sum that decides which few hundred are looked at closely.
 */
import { flag } from "./Features.ts"
import type { Query } from "./Query.ts"
import type { ScopeIndex } from "./ScopeIndex.ts"
import type { Scratch } from "./Scratch.ts"
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

/** The same as the loops take it: whether a speaker is meant, who, and which role else. */
export const meantArguments = ({ role, speaker }: Meant): [named: number, speaker: number, role: number] => [
  speaker === undefined ? 0 : 1,
  speaker ?? 0,
  role ?? -1
]

/** BM25 gives a term at most this many times its rarity. */
const mostOfTerm = 2.2

/**
 * Rows that lead by shares of what is possible: their spread is not known before all are seen. Of what stands in `scratch`
 * (`wordSum`, `coverageSum`, `cosines`); `total` is the rarity of all terms of the question. At most `poolSize`, in order of
 * rows, of equal ones the later; they stand in `rows` then.
 */
export const poolOf = (index: ScopeIndex, query: Query, meant: Meant, total: number, scratch: Scratch): Int32Array => {
  const { size } = index
  const { kernel } = scratch
  const rows = scratch.integers("rows", Math.min(size, poolSize))
  if (size <= poolSize) {
    for (let row = 0; row < size; row++) rows[row] = row
    return rows
  }
  kernel.firstLook(
    size,
    scratch.at("wordSum"),
    scratch.at("coverageSum"),
    scratch.at("cosines"),
    scratch.at("flags"),
    scratch.at("roles"),
    scratch.at("speakers"),
    ...meantArguments(meant),
    flag.question,
    flag.instruction,
    3 / (total * mostOfTerm || 1),
    scratch.at("score")
  )
  const { time } = query
  if (time !== undefined) {
    const score = scratch.floats("score", size)
    for (let row = 0; row < size; row++)
      score[row] = (score[row] as number) + 0.8 * fit(time, query.dayOf(index.at.data[row] ?? 0))
  }
  kernel.best(size, poolSize, scratch.at("score"), scratch.at("touched"), scratch.at("rows"))
  return rows
}
