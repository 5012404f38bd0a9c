/** Words that rules and operators look for, as they look in a text that was folded: whatever script they are in. */
import { fold, isPlain } from "./Fold.ts"

/** What a text looks like. */
export const looksOf = (text: string): string => (isPlain(text) ? text : fold(text, 0).text)

/**
 * How a word may look in small letters, whether it was written small, in capitals or with a capital first: a capital may
 * look like another letter than the small one does. One way for a word of ASCII.
 */
export const waysOf = (word: string): ReadonlyArray<string> => {
  const small = word.toLowerCase()
  if (isPlain(small)) return [small]
  const [first = "", ...rest] = small
  const written = [small, small.toUpperCase(), first.toUpperCase() + rest.join("")]
  return [...new Set(written.map((each) => looksOf(each).toLowerCase()))]
}

const known = new WeakMap<ReadonlyArray<string>, ReadonlyArray<string>>()

/** All ways of all words of a list that is asked for again and again. */
export const waysOfAll = (words: ReadonlyArray<string>): ReadonlyArray<string> => {
  const found = known.get(words)
  if (found !== undefined) return found
  const ways = [...new Set(words.flatMap(waysOf))]
  known.set(words, ways)
  return ways
}
