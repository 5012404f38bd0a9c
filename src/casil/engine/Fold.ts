/**
 * Sees through disguises of single characters: what is invisible is left out, what looks like an ASCII character is
 * taken for it. Sources: Unicode 16, Default_Ignorable_Code_Point, combining marks U+0300-036F, and the look-alikes of
 * ASCII letters and digits in "confusables.txt" of Unicode Technical Standard 39.
 */

/** For the table: the character is left out. */
export const SKIPPED = 1

const ranges: ReadonlyArray<readonly [from: number, to: number]> = [
  [0x00ad, 0x00ad],
  [0x0300, 0x036f],
  [0x061c, 0x061c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x206f],
  [0x20d0, 0x20ff],
  [0x3164, 0x3164],
  // the first halves of mathematical letters and of tags: the second ones are what counts
  [0xd835, 0xd835],
  [0xdb40, 0xdb40],
  [0xfe00, 0xfe0f],
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
  Q: "Ⴍℚԛ",
  R: "ᎡᏒᖇꓣℛℜℝ",
  S: "ЅՏᏕꓢ",
  T: "ΤТᎢꓔ",
  U: "Սᑌꓴ",
  V: "ᏙⅤꓦѴ",
  W: "ᎳᏔꓪ",
  X: "ΧХⅩꓫ",
  Y: "ΥҮᎩꓬ",
  Z: "ΖᏃꓜℤℨ",
  a: "αаɑ",
  b: "Ьᏸ",
  c: "сϲⅽᴄ",
  d: "ԁⅾɗ",
  e: "еҽℯ",
  f: "ƒẝ",
  g: "ɡց",
  h: "һհℎ",
  i: "іⅰıɩ",
  j: "јϳ",
  k: "κкᴋ",
  l: "ⅼӏℓ",
  m: "ⅿ",
  n: "ոռ",
  o: "οоօᴏ",
  p: "рρ",
  q: "զ",
  r: "гᴦ",
  s: "ѕꜱ",
  t: "ᴛτ",
  u: "υսᴜ",
  v: "νѵⅴᴠ",
  w: "ԝѡᴡ",
  x: "хⅹ",
  y: "уγү",
  z: "ᴢ",
  "-": "‐‑‒–—−﹘",
  _: "‗ˍ",
  ".": "․",
  "/": "⁄∕",
  ":": "ː։∶",
  "=": "꞊",
  "+": "᛭"
}

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
  // `Ⓐ` and `ⓐ`
  for (let i = 0; i < 26; i++) {
    all[0x24b6 + i] = 65 + i
    all[0x24d0 + i] = 97 + i
  }
  for (let i = 0; i < 10; i++) {
    all[0x2080 + i] = 48 + i
    all[0x0660 + i] = 48 + i
    all[0x06f0 + i] = 48 + i
    all[0x0966 + i] = 48 + i
  }
  return all
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
    let as = table[code] ?? 0
    if (previous === HIGH_OF_LETTERS && code >= MATHEMATICAL && code <= DIGITS_TO) as = mathematical(code)
    else if (previous === HIGH_OF_TAGS && code >= LOW && code <= LOW_END) as = SKIPPED
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
