/** What is held back of a text beside words and open candidates. */
import { OVERLAP } from "./Cursor.ts"
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

/** A word that is too long to be held is gone on with no sooner than so far after its beginning. */
const LEAST_STEP = 2048
/** What of an encoding may be left over at its end, so that nothing is found up to there. */
const LEFT_OVER = 8
/** What stands before a secret and says that it is one, written twice in base64. */
const BEFORE = 256

/**
 * Where the word `[start, end)`, of which only the beginning was read, is read again: where what goes on begins, which was
 * found in the writing of it (`found`, counted from `start`), or a little before the end.
 */
export const wordAfter = (found: ReadonlyArray<Match>, start: number, end: number): number => {
  let next = end - OVERLAP
  for (const match of found)
    if (start + match.end >= end - LEFT_OVER) next = Math.min(next, start + match.start - BEFORE)
  // in whole groups of digits, so that what is read again begins and is replaced where it did and was
  return start + Math.max(LEAST_STEP, (next - start) & ~3)
}
