/**
 * Sees through disguises of single characters: what is invisible is left out, what looks like an ASCII character is
 * taken for it, with or without marks above and below. Sources: Unicode 16, Default_Ignorable_Code_Point, the blocks of
 * combining marks, decompositions (Unicode Standard Annex 15), and the look-alikes of ASCII letters and digits in
 * "confusables.txt" of Unicode Technical Standard 39.
 */

/** For the table: the character is left out. */
export const SKIPPED = 1

const ranges: ReadonlyArray<readonly [from: number, to: number]> = [
  [0x00ad, 0x00ad],
  [0x0300, 0x036f],
  [0x0483, 0x0489],
  [0x061c, 0x061c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x1ab0, 0x1aff],
  [0x1dc0, 0x1dff],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x206f],
  [0x20d0, 0x20ff],
  // a pattern of Braille without a dot
  [0x2800, 0x2800],
  [0x3164, 0x3164],
  // the first halves of marks of notation, of mathematical and enclosed letters and of tags: the second ones count
  [0xd82f, 0xd82f],
  [0xd834, 0xd835],
  [0xd83c, 0xd83c],
  [0xdb40, 0xdb40],
  [0xfe00, 0xfe0f],
  [0xfe20, 0xfe2f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb]
]

/** ASCII characters, and the characters that look like them. */
const alike: Readonly<Record<string, string>> = {
  A: "ΑАᎪᗅꓮ",
  B: "ΒВᏴᗷꓐℬ",
  C: "ϹСᏟⅭꓚℂℭ",
  D: "ᎠᗞⅮꓓ",
  E: "ΕЕᎬꓰℰ",
  F: "ϜᖴꓝℱҒ",
  G: "ԌᏀꓖ",
  H: "ΗНᎻᕼꓧℋℌℍ",
  I: "ΙІⅠӀꓲℐℑ",
  J: "ЈᎫᒍꓙͿ",
  K: "ΚКᏦⅯꓗK",
  L: "ᏞᒪⅬꓡℒ",
  M: "ΜМᎷꓟℳ",
  N: "ΝꓠℕԜ",
  O: "ΟОՕꓳ",
  P: "ΡРᏢᑭꓑℙ",
  Q: "ႭℚԚ",
  R: "ᎡᏒᖇꓣℛℜℝ",
  S: "ЅՏᏕꓢ",
  T: "ΤТᎢꓔ",
  U: "Սᑌꓴ",
  V: "ᏙⅤꓦѴ",
  W: "ᎳᏔꓪ",
  X: "ΧХⅩꓫ",
  Y: "ΥҮᎩꓬ",
  Z: "ΖᏃꓜℤℨ",
  a: "αаɑᴀ",
  b: "Ьᏸʙ",
  c: "сϲⅽᴄ",
  d: "ԁⅾɗᴅ",
  e: "еҽℯᴇ",
  f: "ƒẝꜰ",
  g: "ɡցɢ",
  h: "һհℎʜ",
  i: "іⅰıɩιɪ",
  j: "јϳȷᴊ",
  k: "κкᴋ",
  l: "ⅼӏℓʟ",
  m: "ⅿᴍ",
  n: "ոռɴ",
  o: "οоօᴏ",
  p: "рρᴘ",
  q: "զԛ",
  r: "гᴦʀ",
  s: "ѕꜱ",
  t: "ᴛτ",
  u: "υսᴜ",
  v: "νѵⅴᴠ",
  w: "ԝѡᴡ",
  x: "хⅹ",
  y: "уγүʏ",
  z: "ᴢ",
  "-": "‐‑‒–—−﹘",
  _: "‗ˍ",
  ".": "․",
  "/": "⁄∕",
  ":": "ː։∶",
  "=": "꞊",
  "+": "᛭"
}

/** Letters that are one letter and marks. */
const marked: ReadonlyArray<readonly [from: number, to: number]> = [
  [0x00c0, 0x024f],
  [0x0370, 0x04ff],
  [0x1e00, 0x1fff]
]

/** Letters, digits and marks in another style or place. */
const styled: ReadonlyArray<readonly [from: number, to: number]> = [
  [0x00aa, 0x00ba],
  [0x02b0, 0x02e3],
  [0x1d2c, 0x1d6a],
  [0x2070, 0x209c],
  [0x2100, 0x214f],
  [0x2460, 0x24ff],
  [0xfe50, 0xfe6b]
]

/** Blanks of other widths. */
const blanks: ReadonlyArray<readonly [from: number, to: number]> = [
  [0x00a0, 0x00a0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000]
]
const BLANK = 32

const FULL_WIDTH = 0xff01
const FULL_WIDTH_END = 0xff5e
const TO_ASCII = 0xfee0
const MATHEMATICAL = 0xdc00
const CAPITALS_AND_SMALL = 52
/** Thirteen alphabets of 52 letters. */
const LETTERS = 676
const DIGITS_FROM = 0xdfce
const DIGITS_TO = 0xdfff
const HIGH_OF_LETTERS = 0xd835
/** First half of letters in brackets, circles and squares, and of those that flags are made of. */
const HIGH_OF_ENCLOSED = 0xd83c
/** Where an alphabet of capitals begins among them. */
const ENCLOSED = [0xdd10, 0xdd30, 0xdd50, 0xdd70, 0xdde6]
/** First halves of marks of notation that cannot be seen. */
const HIGH_OF_SHORTHAND = 0xd82f
const HIGH_OF_MUSIC = 0xd834
/** First half of tags and of the variation selectors beyond the first sixteen: nothing of them can be seen. */
const HIGH_OF_TAGS = 0xdb40
const LOW = 0xdc00
const LOW_END = 0xdfff

let table: Uint8Array | undefined

const make = (): Uint8Array => {
  const all = new Uint8Array(0x10000)
  for (const [from, to] of ranges) all.fill(SKIPPED, from, to + 1)
  for (const [ascii, others] of Object.entries(alike)) {
    for (const other of others) all[other.charCodeAt(0)] = ascii.charCodeAt(0)
  }
  for (let code = FULL_WIDTH; code <= FULL_WIDTH_END; code++) all[code] = code - TO_ASCII
  for (let i = 0; i < 10; i++) {
    all[0x2080 + i] = 48 + i
    all[0x0660 + i] = 48 + i
    all[0x06f0 + i] = 48 + i
    all[0x0966 + i] = 48 + i
  }
  for (const [from, to] of blanks) all.fill(BLANK, from, to + 1)
  for (let code = 0x249c; code <= 0x24b5; code++) all[code] = code - 0x249c + 97
  eachOf(styled, all, (char) => {
    const plain = char.normalize("NFKC")
    const code = plain.charCodeAt(0)
    return plain.length === 1 && code > BLANK && code < 127 ? code : 0
  })
  eachOf(marked, all, (char) => {
    const [base = "", ...marks] = char.normalize("NFD")
    const code = base.charCodeAt(0)
    const isMarked = marks.length > 0 && marks.every((mark) => all[mark.charCodeAt(0)] === SKIPPED)
    return !isMarked ? 0 : code < 128 ? code : (all[code] ?? 0)
  })
  return all
}

/** Sets what characters look like that no table above has. */
const eachOf = (
  ranges: ReadonlyArray<readonly [from: number, to: number]>,
  all: Uint8Array,
  looks: (char: string) => number
): void => {
  for (const [from, to] of ranges) {
    for (let code = from; code <= to; code++) if (all[code] === 0) all[code] = looks(String.fromCharCode(code))
  }
}

/** The ASCII character that the second half of a mathematical letter or digit stands for; 0 for none. */
const mathematical = (low: number): number => {
  const index = low - MATHEMATICAL
  if (index >= 0 && index < LETTERS) {
    const letter = index % CAPITALS_AND_SMALL
    return letter < 26 ? 65 + letter : 97 + letter - 26
  }
  return low >= DIGITS_FROM && low <= DIGITS_TO ? 48 + ((low - DIGITS_FROM) % 10) : 0
}

const enclosed = (low: number): number => {
  const from = ENCLOSED.findLast((first) => low >= first)
  return from !== undefined && low < from + 26 ? 65 + low - from : 0
}

/** What a second half is, after this first one: an ASCII character, nothing that can be seen, or (0) what it is. */
const second = (high: number, low: number): number => {
  switch (high) {
    case HIGH_OF_LETTERS:
      return mathematical(low)
    case HIGH_OF_ENCLOSED:
      return enclosed(low)
    case HIGH_OF_TAGS:
      return SKIPPED
    case HIGH_OF_MUSIC:
      return low >= 0xdd73 && low <= 0xdd7a ? SKIPPED : 0
    case HIGH_OF_SHORTHAND:
      return low >= 0xdca0 && low <= 0xdca3 ? SKIPPED : 0
    default:
      return 0
  }
}

/** A text and what it looks like. */
export interface Folded {
  readonly text: string
  /** Indices in `text` before which characters were left out, and how many up to there: pairs, ascending. */
  readonly gaps: ReadonlyArray<number>
}

/** Whether all of `piece` is ASCII. */
export const isPlain = (piece: string): boolean => {
  let all = 0
  for (let i = 0; i < piece.length; i++) all |= piece.charCodeAt(i)
  return all < 128
}

/** Folds `piece`, which comes after a text that ended with `last`. */
export const fold = (piece: string, last: number): Folded => {
  table ??= make()
  let text = ""
  let from = 0
  let before = last
  let skipped = 0
  const gaps: Array<number> = []
  let length = 0
  for (let i = 0; i < piece.length; i++) {
    const code = piece.charCodeAt(i)
    const previous = before
    before = code
    if (code < 128) continue
    const as = code >= LOW && code <= LOW_END ? second(previous, code) : (table[code] ?? 0)
    if (as === 0) continue
    text += piece.slice(from, i)
    length += i - from
    from = i + 1
    if (as === SKIPPED) {
      skipped++
      if (gaps.at(-2) === length) gaps[gaps.length - 1] = skipped
      else gaps.push(length, skipped)
    } else {
      text += String.fromCharCode(as)
      length++
    }
  }
  return from === 0 ? { text: piece, gaps } : { text: text + piece.slice(from), gaps }
}
