/**
 * A message as tokens. Places are always those of the message itself: lower-casing may lengthen a text (a dotted capital
 * I becomes two), so the lower-case form of a token is for comparing only (threats row 29). Linear in the text.
 */

export type TokenKind = "word" | "mark" | "quote" | "break"

export interface Token {
  readonly kind: TokenKind
  /** For comparing; contractions are spelled out, so one written word can be two tokens. */
  readonly lower: string
  /** Where it stands in the message: from inclusive, to exclusive. */
  readonly start: number
  readonly end: number
  /** Begins with a capital letter. */
  readonly capital: boolean
}

// a number with its separators and unit; an acronym with dots; letters with what joins them, a dot before lower case only
const wordAt =
  /\p{N}+(?:[.,:/-]\p{N}+)*[\p{L}\p{M}]*|\p{L}(?:\.\p{L}(?![\p{L}\p{N}]))+\.?|[\p{L}\p{M}\p{N}]+(?:[-&@_'\u2019][\p{L}\p{M}\p{N}]+|\.(?!(?:i|my|we|he|she|it|the|and|but|so|our|they)(?![\p{L}\p{N}]))[\p{Ll}\p{N}][\p{L}\p{M}\p{N}]*)*[+#]*/uy
const blankAt = /[^\S\n\r]+/y
const capitalAt = /\p{Lu}/uy
const closers: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\u201c", '"\u201d\u201c'],
  ["\u201e", "\u201c\u201d"],
  ["\u00ab", "\u00bb"],
  ["\u00bb", "\u00ab"],
  ["\u2018", "\u2019"],
  ["`", "`"]
])
/** Their dot is part of them. */
const abbreviations = new Set(["mr", "mrs", "ms", "dr", "st", "prof", "jr", "sr", "vs", "etc", "inc", "ltd"])
/** Longer quotations are quotations all the same, but nobody looks for their end. */
const longestQuote = 2_000

const plain = (text: string): string => text.toLowerCase().replaceAll("\u2019", "'")

const spelled: ReadonlyMap<string, ReadonlyArray<string>> = new Map([
  ["im", ["i", "am"]],
  ["ive", ["i", "have"]],
  ["cannot", ["can", "not"]],
  ["can't", ["can", "not"]],
  ["cant", ["can", "not"]],
  ["won't", ["will", "not"]],
  ["ain't", ["am", "not"]],
  ["dont", ["do", "not"]],
  ["doesnt", ["does", "not"]],
  ["didnt", ["did", "not"]],
  ["isnt", ["is", "not"]],
  ["gonna", ["going", "to"]],
  ["wanna", ["want", "to"]]
])
const endings: ReadonlyArray<readonly [string, string]> = [
  ["'m", "am"],
  ["'re", "are"],
  ["'ve", "have"],
  ["'ll", "will"],
  ["'d", "would"],
  ["'s", "'s"],
  ["n't", "not"]
]

/** The words that a written word is short for, and how much of its end is the second one's. */
const split = (lower: string): { readonly words: ReadonlyArray<string>; readonly end: number } => {
  const known = spelled.get(lower)
  if (known !== undefined) return { words: known, end: 0 }
  for (const [ending, word] of endings) {
    // these are letters whose lower case is as long as they are
    if (lower.endsWith(ending) && lower.length > ending.length)
      return { words: [lower.slice(0, -ending.length), word], end: ending.length }
  }
  return { words: [lower], end: 0 }
}

/** Where a quotation that opens at `from` ends, exclusive; -1 where it does not end on its line. */
const closing = (text: string, from: number, marks: string): number => {
  const last = Math.min(text.length, from + longestQuote)
  for (let at = from + 1; at < last; at++) {
    const sign = text.charAt(at)
    if (sign === "\n") return -1
    if (marks.includes(sign)) return at + 1
  }
  return -1
}

const isLetter = /^[\p{L}\p{N}]$/u

/** An apostrophe opens a quotation before a letter, and the next one that stands before none closes it. */
const singleQuoted = (text: string, from: number): number => {
  const before = text.charAt(from - 1)
  if ((from > 0 && isLetter.test(before)) || !isLetter.test(text.charAt(from + 1))) return -1
  const last = Math.min(text.length, from + longestQuote)
  for (let at = from + 2; at < last; at++) {
    const sign = text.charAt(at)
    if (sign === "\n") return -1
    if ((sign === "'" || sign === "\u2019") && !isLetter.test(text.charAt(at + 1))) return at + 1
  }
  return -1
}

const matchEnd = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : -1
}

/** At most this many quotations are looked for: each may read a whole line. */
const mostQuotes = 64

/** The tokens of `text` from `from` to `to`. */
export const tokenise = (text: string, from = 0, to = text.length): ReadonlyArray<Token> => {
  const tokens: Array<Token> = []
  const push = (kind: TokenKind, lower: string, start: number, end: number, capital = false) => {
    tokens.push({ kind, lower, start, end, capital })
  }
  let at = from
  let quotes = 0
  while (at < to) {
    const sign = text.charAt(at)
    if (sign === "\n" || sign === "\r") {
      push("break", "\n", at, at + 1)
      at += 1
      continue
    }
    const blank = matchEnd(blankAt, text, at)
    if (blank > 0) {
      at = blank
      continue
    }
    const word = matchEnd(wordAt, text, at)
    if (word > 0) {
      const capital = matchEnd(capitalAt, text, at) > 0
      const { end, words } = split(plain(text.slice(at, word)))
      const [first = "", second] = words
      if (second === undefined && text.charAt(word) === "." && abbreviations.has(first)) {
        push("word", first, at, word + 1, capital)
        at = word + 1
        continue
      }
      // where the parts of a contraction cannot be told apart, both stand for all of it
      push("word", first, at, word - end, capital)
      if (second !== undefined) push("word", second, end === 0 ? at : word - end, word)
      at = word
      continue
    }
    const marks = closers.get(sign)
    const inches = sign === '"' && /\d/.test(text.charAt(at - 1))
    if (!inches && quotes < mostQuotes && (marks !== undefined || sign === "'")) {
      quotes += 1
      const end = marks === undefined ? singleQuoted(text, at) : closing(text, at, marks)
      if (end > 0) {
        push("quote", "", at, end)
        at = end
        continue
      }
    }
    const code = text.codePointAt(at) ?? 0
    const end = at + (code > 0xffff ? 2 : 1)
    push("mark", text.slice(at, end), at, end)
    at = end
  }
  return tokens
}
