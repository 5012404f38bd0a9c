/**
 * Finds secrets that are written in base64, hexadecimal digits, percent or JSON escapes, one inside the other up to a
 * depth of two. What is found is replaced in the same writing, so that what holds it still decodes.
 */
import { BASE64, BASE64URL, type CharClass, chars, digit, has, hex } from "../CharClass.ts"
import { type Budget, COST } from "./Budget.ts"
import { decodeUtf8 } from "./Bytes.ts"
import { type Match, redaction } from "./Match.ts"
import * as Writing from "./Writing.ts"

/** So many writings inside one another are read. */
export const DEPTH = 2
/** Shorter words hide no secret. */
export const SHORTEST = 16
/** The fewest characters of base64 and hexadecimal digits that are read. */
const FEWEST_BASE64 = 20
const FEWEST_HEX = 32
/** So many characters of each hundred of a text can be seen. */
const MOSTLY = 85
const PERCENT = 37
const BACKSLASH = 92
const EQUALS = 61

/** What words are made of: what base64, hex, percent and JSON escapes are written with. Digits are 2. */
export const wordClass: CharClass = chars(`${BASE64URL}+/=%\\.`).map((is, code) =>
  is === 1 && has(digit, code) ? 2 : is
)

/** Looks through a text that was read out of another one. */
export type Scan = (text: string) => ReadonlyArray<Match>

const inWriting =
  (written: Writing.Written, at: number) =>
  (match: Match): Match => {
    const replaced = match.replacement ?? redaction(match.rule)
    const { end, start, text } = written.replace(match.start, match.end, replaced)
    return { ...match, start: at + start, end: at + end, replacement: text, via: [written.via, ...(match.via ?? [])] }
  }

/** Looks through bytes as the text that they are. */
const scanBytes = (bytes: string, scan: Scan): ReadonlyArray<Match> => {
  const decoded = decodeUtf8(bytes)
  if (decoded === undefined) return scan(bytes)
  const { at, text } = decoded
  return scan(text).map((match) => ({
    ...match,
    start: at[match.start] ?? 0,
    end: at[match.end] ?? bytes.length
  }))
}

/** So many digits in the middle show whether they stand for a text. */
const SHOWN = 64
/** Bytes that are no text are looked through from this length on: there may be a secret among them. */
const LONG = 64

const isTextAt = (writing: Writing.Writing, digits: string, skip: number): boolean => {
  const groups = Math.floor((digits.length - skip) / writing.group)
  const shown = Math.min(groups, SHOWN / writing.group)
  const from = skip + ((groups - shown) >> 1) * writing.group
  return Writing.isVisible(writing, digits, from, from + shown * writing.group, MOSTLY)
}

/** Reads digits that begin at `at`, at whichever alignment makes them a text. */
const aligned = (
  writing: Writing.Writing,
  digits: string,
  at: number,
  scan: Scan,
  budget: Budget
): ReadonlyArray<Match> => {
  let skip = 0
  while (skip < writing.group && !isTextAt(writing, digits, skip)) skip++
  if (skip === writing.group) {
    if (digits.length < LONG) return []
    skip = 0
  }
  const written = new Writing.Written(writing, digits.slice(skip))
  budget.spend(digits.length * COST.read)
  return scanBytes(written.text, scan).map(inWriting(written, at + skip))
}

/** Whether a run may be base64 of a text rather than words: it has digits, or many capitals. */
const mayBeBase64 = (word: string, from: number, to: number): boolean => {
  let capitals = 0
  for (let i = from; i < to; i++) {
    const code = word.charCodeAt(i)
    if (code < 58) return true
    if (code < 91) capitals++
  }
  return capitals * 4 >= to - from
}

const paddedEnd = (word: string, end: number): number => {
  let padded = end
  while (padded < end + 2 && word.charCodeAt(padded) === EQUALS) padded++
  return padded
}

/** Runs of at least `fewest` characters of `set`, with what pads them. */
const runs = (word: string, set: CharClass, fewest: number): ReadonlyArray<readonly [number, number]> => {
  const { length } = word
  if (length < fewest) return none
  const found: Array<readonly [number, number]> = []
  for (let i = 0; i + fewest <= length;) {
    // looked at from the end that it would have at least: what is none is passed over
    let last = i + fewest - 1
    while (last >= i && has(set, word.charCodeAt(last))) last--
    if (last >= i) {
      i = last + 1
      continue
    }
    let end = i + fewest
    while (end < length && has(set, word.charCodeAt(end))) end++
    if (mayBeBase64(word, i, end)) found.push([i, set === dashed ? paddedEnd(word, end) : end])
    i = end + 1
  }
  return found
}
const none: ReadonlyArray<readonly [number, number]> = []

const dashed = chars(`${BASE64}-_`)

const escaped = (word: string, scan: Scan, budget: Budget): ReadonlyArray<Match> => {
  budget.spend(word.length * COST.read)
  const { map, percent, text } = Writing.unescape(word)
  if (text.length === word.length) return []
  return scanBytes(text, scan).map((match) => {
    const replaced = match.replacement ?? redaction(match.rule)
    return {
      ...match,
      start: map[match.start] ?? 0,
      end: map[match.end] ?? word.length,
      replacement: percent ? Writing.percent(replaced) : replaced,
      via: ["escapes", ...(match.via ?? [])]
    }
  })
}

const isHex = (code: number): boolean => code < 128 && has(hex, code)

/** Whether there are escapes that could hide a character of a secret. */
const isEscaped = (word: string): boolean => {
  if (!word.includes("%") && !word.includes("\\")) return false
  for (let i = 0; i < word.length; i++) {
    const code = word.charCodeAt(i)
    if (code === PERCENT && isHex(word.charCodeAt(i + 1)) && isHex(word.charCodeAt(i + 2))) return true
    if (code === BACKSLASH && "ux/".includes(word.charAt(i + 1)) && i + 1 < word.length) return true
  }
  return false
}

/** What of `[0, length)` nothing was found in. */
const others = (found: ReadonlyArray<Match>, length: number): ReadonlyArray<readonly [number, number]> => {
  const parts: Array<readonly [number, number]> = []
  let from = 0
  for (const { end, start } of found.toSorted((a, b) => a.start - b.start)) {
    if (start > from) parts.push([from, start])
    from = Math.max(from, end)
  }
  return from < length ? [...parts, [from, length]] : parts
}

const WRITINGS = [
  [Writing.hexadecimal, hex, FEWEST_HEX],
  [Writing.base64, dashed, FEWEST_BASE64]
] as const

/**
 * The secrets in a word, which is made of the characters that writings are made of. What one writing was found in is not
 * read in another one; the rest is, or a made-up secret beside a true one would hide it.
 */
export const decode = (word: string, scan: Scan, budget: Budget): ReadonlyArray<Match> => {
  const found: Array<Match> = isEscaped(word) ? [...escaped(word, scan, budget)] : []
  for (const [writing, set, fewest] of WRITINGS) {
    const readIn = (part: string, begin: number) => {
      for (const [from, to] of runs(part, set, fewest)) {
        if (budget.isOver) return
        found.push(...aligned(writing, part.slice(from, to), begin + from, scan, budget))
      }
    }
    if (found.length === 0) readIn(word, 0)
    else for (const [from, to] of others(found, word.length)) readIn(word.slice(from, to), from)
  }
  return found
}
