/** What is known of a word by itself, computed once while it is in use. */
import { flag } from "./Features.ts"
import { hashOf, isStopWord, termOf, type Word } from "./Words.ts"

export interface Entry {
  /** Hash of its term; undefined for a stop word. */
  readonly term: number | undefined
  /** What a sentence is that has it, as a sum of `flag`s; `flag.instruction` where it may be one. */
  readonly flags: number
}

const firstPerson = new Set("i my me mine we our us myself ourselves".split(" "))

const timeWords = new Set(
  (
    "yesterday ago week weeks month months year years today tomorrow weekend weekends night morning since monday tuesday wednesday thursday " +
    "friday saturday sunday january february march april june july august september october november december recently last next tonight"
  ).split(" ")
)

const numberWords = new Set(
  "two three four five six seven eight nine ten eleven twelve twice thrice once dozen hundred thousand couple several first second third".split(
    " "
  )
)

/** One of these stands in every standing instruction. */
const instructive = new Set("always never whenever anytime future forward now here today time when if".split(" "))

const yearPattern = /^(?:19|20)\d\d$/
const digits = /^\d+$/

const make = (word: string): Entry => ({
  term: isStopWord(word) ? undefined : hashOf(termOf(word)),
  flags:
    (firstPerson.has(word) ? flag.firstPerson : 0) |
    (timeWords.has(word) || yearPattern.test(word) ? flag.time : 0) |
    (numberWords.has(word) || digits.test(word) ? flag.number : 0) |
    (instructive.has(word) ? flag.instruction : 0)
})

/** Words that are remembered, about a megabyte: one for each place that a word's hash may be at. */
const most = 8_192
const words: Array<string | undefined> = []
const entries: Array<Entry | undefined> = []
words.length = entries.length = most

export const lookUp = ({ hash, text }: Word): Entry => {
  const slot = hash & (most - 1)
  const known = entries[slot]
  if (known !== undefined && words[slot] === text) return known
  const entry = make(text)
  words[slot] = text
  entries[slot] = entry
  return entry
}
