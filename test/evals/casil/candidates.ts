/** The candidates of a text, as the contextual rule sees them, with their features. */
import { candidateAt } from "../../../src/casil/context/Candidate.ts"
import { featuresOf } from "../../../src/casil/context/Features.ts"
import { naming } from "../../../src/casil/context/Name.ts"
import { Cursor } from "../../../src/casil/engine/Cursor.ts"

export interface Seen {
  readonly start: number
  readonly end: number
  readonly features: Int32Array
}

/** Every candidate of `text`, likely or not. */
export const candidatesIn = (text: string): ReadonlyArray<Seen> => {
  const small = text.toLowerCase()
  const found = new Map<string, Seen>()
  for (const word of naming()) {
    for (let at = small.indexOf(word); at >= 0; at = small.indexOf(word, at + 1)) {
      const cursor = new Cursor()
      cursor.renew(text)
      cursor.look(at, at + word.length, 0, -1, true)
      const candidate = candidateAt(cursor)
      if (candidate === undefined) continue
      const { assignment, facts } = candidate
      const spans = [[assignment.start, assignment.end] as const, ...assignment.others]
      for (const [start, end] of spans) {
        const key = `${assignment.nameStart}:${start}`
        if (found.has(key)) continue
        found.set(key, { start, end, features: featuresOf(text, { ...assignment, start, end }, facts) })
      }
    }
  }
  return [...found.values()].toSorted((a, b) => a.start - b.start)
}
