/**
 * A text as words and terms. A term is what counts: the stem of a word that means something by itself, or two
 * neighbouring signs where a language writes no blanks. Linear in the text, whatever it holds.
 */
import { stem } from "./Stem.ts"

export interface Word {
  /** In lower case, without marks: "cafe" of "Café". */
  readonly text: string
  /** Written with a capital at its start. */
  readonly capital: boolean
  /** `hashOf` its text as a signed number, which the engine keeps without an object. */
  readonly hash: number
}

const pattern = /[\p{L}\p{N}\p{M}]+/gu
const marks = /\p{M}+/gu
const ascii = /^[A-Za-z0-9]+$/
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
const upper = /^\p{Lu}/u

/** Longer words are hashes, keys and noise: only their beginning counts. */
const longestWord = 64

const folded = (word: string): string =>
  ascii.test(word) ? word.toLowerCase() : word.normalize("NFKD").replaceAll(marks, "").toLowerCase().normalize("NFKC")

/** What an apostrophe leaves behind: "it's", "don't", "we've", "I'd". */
const remnants = new Set(["s", "t", "d", "ll", "re", "ve", "m"])

const matchedWords = (text: string, limit: number): ReadonlyArray<Word> => {
  const words: Array<Word> = []
  for (const match of text.matchAll(pattern)) {
    const raw = match[0].slice(0, longestWord)
    const before = text.charCodeAt(match.index - 1)
    const said = folded(raw)
    if ((before === 39 || before === 0x2019) && remnants.has(said)) continue
    if (unspaced.test(said)) {
      const signs = Array.from(said)
      for (let i = 0; i < Math.max(1, signs.length - 1); i++) {
        const pair = signs.slice(i, i + 2).join("")
        words.push({ text: pair, capital: false, hash: hashOf(pair) | 0 })
      }
    } else if (said !== "") words.push({ text: said, capital: upper.test(raw), hash: hashOf(said) | 0 })
    if (words.length >= limit) return words.slice(0, limit)
  }
  return words
}

/** What a character of a plain text is: a letter in lower case, a digit, or 0 between words; undefined for others. */
const letterOf = (code: number): number | undefined => {
  if ((code >= 97 && code <= 122) || (code >= 48 && code <= 57)) return code
  if (code >= 65 && code <= 90) return code + 32
  // dashes and quotation marks, as they are typeset
  return code < 0x80 || code === 0xa0 || (code >= 0x2010 && code <= 0x2027) ? 0 : undefined
}

/** Words that were read lately, by their hash and whether they have a capital: most texts have few others. */
const mostKnown = 8_192
const known: Array<Word | undefined> = []
known.length = mostKnown

/** Whether a word of plain letters stands in a text at a place. */
const standsAt = ({ text: word }: Word, text: string, from: number): boolean => {
  for (let i = 0; i < word.length; i++) {
    if (letterOf(text.charCodeAt(from + i)) !== word.charCodeAt(i)) return false
  }
  return true
}

/** The word of plain letters from `from` to `end`: the same object for the same one, as long as it is known. */
const wordAt = (text: string, from: number, end: number, hash: number): Word => {
  const first = text.charCodeAt(from)
  const capital = first >= 65 && first <= 90
  const slot = ((hash << 1) | (capital ? 1 : 0)) & (mostKnown - 1)
  const found = known[slot]
  if (
    found !== undefined &&
    found.hash === hash &&
    found.capital === capital &&
    found.text.length === end - from &&
    standsAt(found, text, from)
  )
    return found
  const word: Word = { text: text.slice(from, end).toLowerCase(), capital, hash }
  known[slot] = word
  return word
}

/**
 * The words of a text that has no letters but a to z, without a pattern: those for all scripts take 1 ms before the first
 * word, and most of what a text costs. Undefined where it has others.
 */
const plainWords = (text: string, limit: number): ReadonlyArray<Word> | undefined => {
  const words: Array<Word> = []
  for (let at = 0; at < text.length; at++) {
    let letter = letterOf(text.charCodeAt(at))
    if (letter === 0) continue
    const from = at
    let hash = noLetters | 0
    while (letter !== undefined && letter !== 0) {
      if (at - from < longestWord) hash = Math.imul(hash ^ letter, prime)
      letter = ++at < text.length ? letterOf(text.charCodeAt(at)) : 0
    }
    if (letter === undefined) return undefined
    const word = wordAt(text, from, Math.min(at, from + longestWord), hash)
    const before = from === 0 ? 0 : text.charCodeAt(from - 1)
    if ((before === 39 || before === 0x2019) && remnants.has(word.text)) continue
    words.push(word)
    if (words.length >= limit) break
  }
  return words
}

/** The words of a text, at most `limit`. */
export const wordsOf = (text: string, limit: number): ReadonlyArray<Word> =>
  plainWords(text, limit) ?? matchedWords(text, limit)

/** Words that say nothing about what a text is about. */
const stopWords = new Set(
  (
    "a about above after again all also am an and any are aren as at be because been before being below between both but by can could couldn " +
    "did didn do does doesn doing don down during each few for from further get got had hadn has hasn have haven having he her here hers herself " +
    "him himself his how i if in into is isn it its itself just let like me more most my myself no nor not now of off on once only or other our ours " +
    "ourselves out over own really same she should shouldn so some such than that the their theirs them themselves then there these they this those " +
    "through to too under until up us very was wasn we were weren what when where which while who whom whose why will with won would wouldn yes yeah you your yours " +
    "yourself yourselves"
  ).split(" ")
)

export const isStopWord = (word: string): boolean => stopWords.has(word) || (word.length < 2 && /^[a-z]$/.test(word))

const noLetters = 0x811c9dc5
const prime = 0x01000193

/** A number of 32 bits for a term (FNV-1a over its UTF-16 units). */
export const hashOf = (term: string): number => {
  let hash = noLetters
  for (let i = 0; i < term.length; i++) {
    hash = Math.imul(hash ^ (term.charCodeAt(i) & 0xff), prime)
    const high = term.charCodeAt(i) >> 8
    if (high !== 0) hash = Math.imul(hash ^ high, prime)
  }
  return hash >>> 0
}

/** The term of a word that is no stop word. */
export const termOf = (word: string): string => stem(word)
