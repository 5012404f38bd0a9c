/** Words near a number: what it is called. Looked for only where a number has the right form, so it costs little. */
import { waysOfAll } from "../engine/Looks.ts"
import { alnum, blank, digit, has, hex, letter, lower, upper } from "../CharClass.ts"
import { places } from "../Words.ts"

/** How far before a number its name may stand. */
export const REACH = 48
/** Shorter words count only whole: there is much that they are part of. */
const WHOLE = 5

const isLetter = (text: string, index: number): boolean => {
  const code = text.charCodeAt(index)
  return has(letter, code) || code > 127
}

const holds = (text: string, start: number, end: number): boolean =>
  end - start >= WHOLE || ((start === 0 || !isLetter(text, start - 1)) && !isLetter(text, end))

/** Finders of lists of words, each made when its list is first asked about. */
const finders = new WeakMap<ReadonlyArray<string>, ReturnType<typeof places>>()

/** Whether one of `words` (small letters, of any script) stands in the `reach` characters of `text` before `index`. */
export const isNamed = (
  text: string,
  floor: number,
  index: number,
  words: ReadonlyArray<string>,
  reach = REACH
): boolean => {
  if (words.length === 0) return false
  const from = Math.max(floor, index - reach)
  const before = text.slice(from, index).toLowerCase()
  let find = finders.get(words)
  if (find === undefined) finders.set(words, (find = places(waysOfAll(words))))
  return find(before, holds)
}

/** What looking for words near a number costs, in steps of the budget. */
export const LOOKED = 80

/** What numbers are that are nobody's. */
const OTHERS = new Set(
  (
    "order orders tracking invoice invoices isbn issn sku serial imei version ticket build commit revision hash sha md5 " +
    "uuid guid timestamp epoch nanos micros millis latitude longitude lat lon lng upc ean gtin asin part parts model " +
    "barcode article batch offset shipment parcel doi arxiv case chapter section bestellung commande pedido"
  ).split(" ")
)
const OTHERS_REACH = 20

/** Whether what stands directly before a number says that it is an order's, a book's, a build's or the like. */
export const isOthers = (text: string, floor: number, index: number): boolean => {
  const least = Math.max(floor, index - OTHERS_REACH)
  for (let end = index; end > least; end--) {
    if (!has(letter, text.charCodeAt(end - 1))) continue
    let from = end
    // `orderId` is two words
    while (from > least && has(letter, text.charCodeAt(from - 1))) {
      from--
      if (has(upper, text.charCodeAt(from)) && from > least && has(lower, text.charCodeAt(from - 1))) break
    }
    if (OTHERS.has(text.slice(from, end).toLowerCase())) return true
    end = from + (from > least && has(letter, text.charCodeAt(from - 1)) ? 1 : 0)
  }
  return false
}

/** The word that ends before `index`, in small letters; blanks and one mark may stand between. */
export const wordBefore = (text: string, floor: number, index: number): string => {
  let end = index
  while (end > floor && has(blank, text.charCodeAt(end - 1))) end--
  let from = end
  while (from > floor && isLetter(text, from - 1)) from--
  return text.slice(from, end).toLowerCase()
}

/** Whether the character is a letter or a digit. */
export const isWord = (code: number): boolean => has(alnum, code)
export const isDigit = (code: number): boolean => has(digit, code)

const BACKSLASH = 92
const PERCENT = 37
const N = 110
const R = 114
const T = 116

/** Where a word that seems to begin at `index` does so, if an escape of raw JSON (`\n`) or of a URL (`%20`) ends there. */
export const afterEscape = (text: string, floor: number, index: number): number => {
  if (index <= floor) return index
  const before = text.charCodeAt(index - 1)
  const code = text.charCodeAt(index)
  if (before === BACKSLASH) return code === N || code === R || code === T ? index + 1 : index
  return before === PERCENT && has(hex, code) && has(hex, text.charCodeAt(index + 1)) ? index + 2 : index
}
