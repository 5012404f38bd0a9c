/** Values and names for comparing: "The Netherlands" and "netherlands" are one. Pure. */
import { singular } from "../extract/Vocabulary.ts"

const idle = new Set(["a", "an", "the", "my", "our", "some", "any", "one", "own"])

/** Words of a text in lower case, without signs. */
export const wordsOf = (text: string): ReadonlyArray<string> =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []

export const keyOf = (text: string): string => {
  const words = wordsOf(text)
  const kept = words.filter((word, i) => !(idle.has(word) && i < words.length - 1))
  // what has no letters is compared as it is
  return kept.length === 0 ? text.normalize("NFKC").trim().toLowerCase() : kept.join(" ")
}

/** At most so many words of a text are looked up, and they stand at its beginning: a longer one is text to work on. */
const mostWords = 64
export const longestLookup = 4_000

/** What of a text may be a name, a role or a value: its words, their singulars, and two and three words in a row. */
export const lookups = (text: string): ReadonlyArray<string> => {
  const words = wordsOf(text.slice(0, longestLookup)).slice(0, mostWords)
  const keys = new Set<string>()
  for (const [i, word] of words.entries()) {
    keys.add(word)
    keys.add(singular(word))
    const [second, third] = words.slice(i + 1)
    if (second !== undefined) keys.add(`${word} ${second}`)
    if (second !== undefined && third !== undefined) keys.add(`${word} ${second} ${third}`)
  }
  return [...keys]
}
