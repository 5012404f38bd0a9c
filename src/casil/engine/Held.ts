/** What is held back of a text beside words and open candidates. */
import type { Match } from "./Match.ts"
import type { View } from "./View.ts"

const TILDE = 126
/** The longest part of a token with a tilde before its anchor. */
const BEFORE_ANCHOR = 4

const OPEN = 40

/**
 * A part of a token before its anchor is held with its word; not so a tilde in it, which words are not made of. Nor so
 * the bracket that a number begins with.
 */
export const beforeMark = ({ base, text }: View, position: number): number => {
  if (position > base && text.charCodeAt(position - 1 - base) === OPEN) return position - 1
  for (let i = position - 1; i >= position - BEFORE_ANCHOR && i >= base; i--) {
    if (text.charCodeAt(i - base) === TILDE) return Math.max(base, position - BEFORE_ANCHOR)
  }
  return position
}

/** Matches may overlap, so one that reaches beyond the line takes the line back to its own start. */
export const beforeMatches = (matches: ReadonlyArray<Match>, position: number): number => {
  let line = position
  for (let before = -1; before !== line;) {
    before = line
    for (let i = matches.length - 1; i >= 0; i--) {
      const match = matches[i]
      if (match !== undefined && match.start < line && match.end > line) line = match.start
    }
  }
  return line
}
