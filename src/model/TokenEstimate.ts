/**
 * How many tokens a text will be, without a tokenizer: the text is cut as byte-pair encoders pre-cut it (words with
 * one sign before them, capital runs, three digits, signs, line ends) and each piece costs what such pieces cost on
 * average in o200k. Linear in the text, never more than its bytes; in sum right over code, 3 % too few over documents and
 * 7 % too many over short messages of chats (`npm run eval:tokens`). Of other scripts than Latin no vocabulary in use
 * makes fewer tokens than o200k does: it is what an honest vendor is told from a faulty one by, so an estimate above it
 * would call the honest one a liar.
 */
const pieces =
  /[^\s\p{L}\p{M}\p{N}]?\p{Lu}*\p{Ll}+|[^\s\p{L}\p{M}\p{N}]?\p{Lu}+|[\p{Lo}\p{Lm}\p{Lt}\p{M}]+|\p{N}{1,3}|[^\s\p{L}\p{N}]+[\r\n]*|[^\S\r\n]*[\r\n]+|[^\S\n]{2,}|\s/gu

const word = (length: number, free: number, step: number): number => 1 + Math.max(0, length - free) * step

/** From which code unit on, to the next row: letters that come with a word's first token, and tokens for each further. */
const scripts: ReadonlyArray<readonly [from: number, free: number, step: number]> = [
  [0x80, 1, 0.3], // Latin
  [0x370, 3.3, 0.45], // Greek
  [0x400, 2, 0.2], // Cyrillic
  [0x530, 3, 0.25], // Armenian
  [0x590, 2.2, 0.42], // Hebrew
  [0x600, 3, 0.33], // Arabic
  [0x780, 0, 0.95],
  [0x900, 3, 0.29], // Devanagari
  [0x980, 3, 0.35], // Bengali
  [0xa00, 2, 0.7], // Gurmukhi
  [0xa80, 3, 0.42], // Gujarati
  [0xb00, 0, 0.95],
  [0xb80, 3, 0.36], // Tamil
  [0xc00, 2, 0.5], // Telugu
  [0xc80, 3, 0.46], // Kannada
  [0xd00, 2, 0.32], // Malayalam
  [0xd80, 2, 0.6], // Sinhala
  [0xe00, 1, 0.41], // Thai
  [0xe80, 1, 1.85], // Lao
  [0xf00, 0, 0.95],
  [0x1000, 1, 0.5], // Burmese
  [0x10a0, 4, 0.27], // Georgian
  [0x1100, 0, 0.95],
  [0x1200, 1, 1.9], // Ethiopic
  [0x13a0, 0, 0.95],
  [0x1780, 2, 0.66], // Khmer
  [0x1800, 0, 0.95],
  [0x1e00, 2, 0.3], // Latin with two marks
  [0x1f00, 3.3, 0.45], // Greek with marks
  [0x2000, 0, 0.95],
  [0x2e80, 0, 0.85], // Chinese, Japanese
  [0xac00, 1, 0.6], // Korean
  [0xd800, 0, 0.95],
  [0xfb50, 3, 0.33], // Arabic
  [0xfe00, 0, 0.95]
]

/** Below every row of the table: nothing that is asked for it. */
const none = [0, 0, 1] as const

const scriptOf = (code: number): (typeof scripts)[number] => {
  let low = 0
  for (let high = scripts.length; high - low > 1;) {
    const middle = (low + high) >> 1
    if (code < (scripts[middle] ?? none)[0]) high = middle
    else low = middle
  }
  return scripts[low] ?? none
}

/** A line of one sign, as it is drawn under a title or around a table. */
const isRun = (text: string, from: number, end: number, last: number): boolean =>
  end - from > 3 && text.charCodeAt(from) === last && text.charCodeAt(from + ((end - from) >> 1)) === last

/** Of the piece from `from` to `end`. */
const cost = (text: string, from: number, end: number): number => {
  const length = end - from
  const last = text.charCodeAt(end - 1)
  const sign = length > 1 && text.charCodeAt(from) < 65 ? 1 : 0
  // no vocabulary has one token for any length of white space
  if (last <= 32) return 1 + Math.floor(length / 64)
  if (last >= 97 && last <= 122) return sign * 0.38 + word(length - sign, 5.5, 0.12)
  if (last >= 65 && last <= 90) return sign * 0.38 + word(length - sign, 5.5, 0.4)
  if (last < 128) {
    if (last >= 48 && last <= 57) return 1
    return isRun(text, from, end, last) ? 1 + Math.floor(length / 64) : word(length, 1, 0.3)
  }
  const [, free, step] = scriptOf(last)
  // of these every sign is several bytes, and most of them are tokens of their own
  if (step > 1) return Math.min(utf8Bytes(text.slice(from, end)), word(length, free, step))
  return Math.min(length, free === 0 ? length * step : word(length, free, step))
}

/** One blank between two words is part of the second one's token. */
const isBlank = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at)
  if (code >= 0x80) return /\s/.test(text.charAt(at))
  return code === 32 || (code >= 9 && code <= 12 && code !== 10)
}

/** Tokens of `text`, estimated; 0 for the empty text, never more than `utf8Bytes(text)`. */
export const estimateTokens = (text: string): number => {
  let sum = 0
  // only its end is asked of each piece: a match would be an array and a string, and texts have thousands
  for (let from = (pieces.lastIndex = 0); pieces.test(text); from = pieces.lastIndex) {
    const end = pieces.lastIndex
    if (end - from > 1 || !isBlank(text, from)) sum += cost(text, from, end)
  }
  return Math.ceil(sum)
}

/** Length of `text` in UTF-8, a hard upper bound of its tokens. A lone surrogate counts 3, as its replacement does. */
export const utf8Bytes = (text: string): number => {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x80) continue
    if (code < 0x800) bytes += 1
    else if (code >= 0xd800 && code < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      bytes += 2
      i += 1
    } else bytes += 2
  }
  return bytes
}
