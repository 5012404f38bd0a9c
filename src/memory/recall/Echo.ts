/** The message itself, said before: it asks again and answers nothing. Pure. */
import { analyse, read } from "./Analysis.ts"
import { FeatureReader } from "./Features.ts"
import type { ScopeIndex } from "./ScopeIndex.ts"

const none = new Float32Array()
/** Whoever pastes a longer text again means something by it. */
const longestEcho = 4_000

/** Of these rows, those of users who said what `text` says, as far as the index tells: its terms in order, its length. */
export const echoesOf = (index: ScopeIndex, rows: Int32Array, text: string): ReadonlySet<number> => {
  if (text.length > longestEcho) return new Set()
  const turn = { id: "", conversation: "", at: 0, role: "user", speaker: undefined, text, turn: undefined } as const
  const reader = new FeatureReader()
  reader.read(analyse(read(turn), "", none).features)
  const { firstTerm, numbers, terms: count, tokens } = reader
  const wanted = new Set<number>()
  for (let i = firstTerm; i < firstTerm + count; i++) wanted.add(index.postings.idOf(numbers[i] as number) ?? -1)
  const found = new Set<number>()
  const starts = index.starts.data
  const terms = index.terms.data
  for (const row of rows) {
    if (index.tokens.data[row] !== tokens || index.roles.data[row] !== 0 || index.speakers.data[row] !== 0) continue
    const from = starts[row] as number
    if ((starts[row + 1] as number) - from !== wanted.size) continue
    let at = from
    if ([...wanted].every((term) => terms[at++] === term)) found.add(row)
  }
  return found
}
