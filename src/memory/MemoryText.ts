/**
 * What memory adds to a request, as one text beside the user's message: quoted records with their days, in time order,
 * never in a system role (threats row 27). It comes late in the request, so that a vendor's cache keeps what is before.
 */
import { closing, facts, instructions, opening, recalled } from "../model/MemoryMarks.ts"
import type { Fact } from "./facts/Fact.ts"
import { lineOf } from "./facts/FactText.ts"
import type { Hit } from "./Recall.ts"
import { render } from "./RecallText.ts"

/** What the text has beside its lines. */
export const frame = [opening, instructions, facts, recalled, closing, ""].join("\n")

export interface Shown {
  readonly instructions: ReadonlyArray<Fact>
  readonly facts: ReadonlyArray<Fact>
  readonly recalled: ReadonlyArray<Hit>
}

const byTime = (a: Fact, b: Fact): number => a.at - b.at || a.n - b.n
const section = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length === 0 ? [] : [title, ...lines]

/** Undefined where there is nothing to show. */
export const memoryText = (shown: Shown): string | undefined => {
  const lines = [
    ...section(instructions, shown.instructions.toSorted(byTime).map(lineOf)),
    ...section(facts, shown.facts.toSorted(byTime).map(lineOf)),
    ...section(recalled, shown.recalled.length === 0 ? [] : [render(shown.recalled).trimEnd()])
  ]
  return lines.length === 0 ? undefined : [opening, ...lines, closing].join("\n")
}
