/**
 * What of a text no estimate knows, although language stands around it: letters that make no word, rare signs, marks upon
 * marks. A byte-pair encoder falls back to short pieces and single bytes there. Linear in the text.
 */
import { utf8Bytes } from "../model/TokenEstimate.ts"

/**
 * How surprising a letter is after another, in bits up to 9: a row for each first letter, a digit for each second one, of
 * English, German, French, Spanish, Italian, Portuguese, Dutch, Scandinavian, Polish, Czech and programs.
 */
const surprise = `
  76459656585443869343457857 37992999369499399467499959 39693992495599299464599976 38962969299688399657578965
  47545668597443877234767568 39993479299599399384499979 48962955495586399346599979 28791999499885399585595677
  58443659877452469543869997 39942999499995159979498999 58991897399686489745498979 38943799397389367945578949
  24892969399959349959499969 38533739476695479943689968 65567556695442559345365989 39992975499479359364599989
  79889999799699999998088999 37652859396765388544677949 48493995397779348842476977 49792993399799389445598959
  56554668459552659334997977 39991999299999299599999989 29992993299795489658699999 58495897399889438881789889
  47673889499656229745794995 39592998299895599999494557
`
  .trim()
  .split(/\s+/)
  .map((row) => Array.from(row, Number))

/** Words of languages have 3 to 4 bits for each letter after the first, letters by chance 6. */
const strange = 5
/** Shorter ones are as often an abbreviation. */
const leastLetters = 4

/** Of languages that are not among them words have some more, and some more tokens. */
const foreign = 4.4
const foreignLetter = 0.15

/** Bits for each letter of a word after the first. */
const surpriseOf = (word: string): number => {
  let sum = 0
  for (let i = 1; i < word.length; i++) {
    sum += surprise[(word.charCodeAt(i - 1) | 32) - 97]?.[(word.charCodeAt(i) | 32) - 97] ?? 9
  }
  return sum / (word.length - 1)
}

const latin = new RegExp(`[a-z]{${leastLetters},}`, "gi")
/** Different signs in a row: a few of them are one token, many are not. */
const runs = /[^\p{L}\p{M}\p{N}\s]{5,}/gu

/** Characters that two bytes of a national encoding name: those that its country writes. */
const namedBy = (encoding: string, first: number, last: number): ReadonlySet<string> => {
  const bytes: Array<number> = []
  for (let row = first; row <= last; row++) for (let cell = 0xa1; cell <= 0xfe; cell++) bytes.push(row, cell)
  return new Set(new TextDecoder(encoding).decode(Uint8Array.from(bytes)))
}

let written: ReadonlyArray<ReadonlySet<string>> | undefined

/** The first levels of GB 2312 and JIS X 0208, Big5's frequent signs, and the syllables of KS X 1001. */
const isWritten = (sign: string): boolean => {
  written ??= [
    namedBy("gbk", 0xb0, 0xd7),
    namedBy("euc-jp", 0xb0, 0xcf),
    namedBy("big5", 0xa4, 0xc6),
    namedBy("euc-kr", 0xb0, 0xc8)
  ]
  return written.some((signs) => signs.has(sign))
}

const rareKana = /[\u3090\u3091\u30f0\u30f1\u30f5-\u30fa\u30fd-\u30ff\u309d-\u309f\u31f0-\u31ff]/

/** From which character on, to the next row: what one of them costs beyond its estimate. */
const costs: ReadonlyArray<readonly [from: number, cost: number]> = [
  [0, 0],
  [0x180, 0.6], // Latin of few languages
  [0x250, 2], // of phoneticians, and marks
  [0x370, 0],
  [0x460, 1.5], // Cyrillic of few languages
  [0x530, 0],
  [0x591, 1.5], // marks of Hebrew
  [0x5d0, 0],
  [0x610, 1.5],
  [0x61b, 0],
  [0x64b, 1.5], // marks of Arabic
  [0x660, 0],
  [0x66e, 1], // Arabic letters of other languages
  [0x700, 2],
  [0x900, 0], // Devanagari, with signs of other languages than Hindi
  [0x904, 2],
  [0x905, 0],
  [0x90c, 2],
  [0x90f, 0],
  [0x911, 1.5],
  [0x913, 0],
  [0x929, 2],
  [0x92a, 0],
  [0x931, 2],
  [0x932, 0],
  [0x934, 2],
  [0x935, 0],
  [0x93a, 2],
  [0x93c, 0],
  [0x944, 2],
  [0x947, 0],
  [0x94a, 2],
  [0x94b, 0],
  [0x94e, 2],
  [0x964, 0],
  [0x972, 2],
  [0x980, 0], // Bengali, alike
  [0x98c, 2],
  [0x98f, 0],
  [0x9c4, 2],
  [0x9c7, 0],
  [0x9d7, 2],
  [0x9df, 0],
  [0x9e0, 2],
  [0x9e6, 0],
  [0x9f0, 2],
  [0xa00, 2],
  [0xb80, 0], // Tamil
  [0xc00, 2],
  [0xe00, 0], // Thai
  [0xe80, 2],
  [0x1e00, 0.3],
  [0x1f00, 1],
  [0x2000, 2],
  [0x2010, 0], // dashes and quotation marks
  [0x2028, 2],
  [0x2030, 0],
  [0x203b, 2],
  [0x20a0, 0.5],
  [0x2190, 1],
  [0x2c00, 2],
  [0x2e80, 0], // of East Asia
  [0xa000, 2],
  [0xac00, 0.12], // Korean
  [0xd800, 2],
  [0xff00, 0.5],
  [0x10000, 3],
  [0x1f300, 1.5], // the usual pictures
  [0x1f700, 3],
  [0x1f900, 1.5],
  [0x1fa00, 3]
]

const costOf = (code: number): number => {
  let low = 0
  for (let high = costs.length; high - low > 1;) {
    const middle = (low + high) >> 1
    if (code < (costs[middle]?.[0] ?? 0)) high = middle
    else low = middle
  }
  return costs[low]?.[1] ?? 0
}

/** The signs of Chinese, Japanese and Korean. */
const isEastern = (code: number): boolean =>
  (code >= 0x3400 && code < 0xa000) || (code >= 0xac00 && code < 0xd7b0) || (code >= 0xf900 && code < 0xfb00)

/** A tense sound before two vowels: hardly a word has such a syllable. */
const isRareSyllable = (code: number): boolean => {
  if (code < 0xac00 || code >= 0xd7a4) return false
  const syllable = code - 0xac00
  return tense.has(Math.floor(syllable / 588)) && twoVowels.has(Math.floor((syllable % 588) / 28))
}
const tense = new Set([1, 4, 8, 10, 13])
const twoVowels = new Set([9, 10, 11, 14, 15, 16])

const ofSigns = (piece: string): number => {
  let sum = 0
  let before = 0
  for (const sign of piece) {
    const code = sign.codePointAt(0) ?? 0
    // an accent after an accent is in no word's token
    if (code >= 0xc0 && code < 0x250 && before >= 0xc0 && before < 0x250) sum += 0.5
    // nor is a sign of the East that stands there twice
    if (code === before && isEastern(code)) sum += 0.8
    sum += costOf(code)
    if (isEastern(code) ? !isWritten(sign) || isRareSyllable(code) : rareKana.test(sign)) sum += 2.2
    before = code
  }
  return sum
}

const beyondAscii = /[^\0-\u00bf]/

/** Tokens beyond an estimate of language, times `factor`; `worst` is the most that letters can be. */
export const rarity = (piece: string, factor: number, worst: (word: string) => number): number => {
  let sum = beyondAscii.test(piece) ? ofSigns(piece) : 0
  for (const [word] of piece.matchAll(latin)) {
    const bits = surpriseOf(word)
    if (bits >= strange) sum += Math.max(0, worst(word) - factor)
    else if (bits >= foreign) sum += word.length * foreignLetter
  }
  for (const [run] of piece.matchAll(runs)) {
    if (new Set(run).size > 2) sum += utf8Bytes(run) * 0.5
  }
  return sum
}

/** Letters of a text that stand there by chance are all about as frequent; those of a language are not. */
const byChance = 0.034
/** Of fewer letters nothing can be said. */
const enough = 40

export const isByChance = (letters: ReadonlyArray<string>): boolean => {
  if (letters.length < enough) return false
  const counts = new Map<string, number>()
  for (const letter of letters) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  let pairs = 0
  for (const count of counts.values()) pairs += count * (count - 1)
  return pairs < byChance * letters.length * (letters.length - 1)
}
