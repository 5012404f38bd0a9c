/** Personal data that proves itself: numbers with check digits, and numbers of a form that nothing else has. */
import { alnum, BASE62, chars, digit, has, letter, runEnd, token } from "../CharClass.ts"
import type { Cursor } from "../engine/Cursor.ts"
import type { WordRule } from "../engine/RuleSet.ts"

const run = chars(`${BASE62}-`)
const DOT = 46

/** ISO/IEC 7812-1, annex B. */
const luhn = (digits: string): boolean => {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const value = digits.charCodeAt(digits.length - 1 - i) - 48
    const doubled = i % 2 === 1 ? value * 2 : value
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/** Beginnings of the numbers of issuers, and how long these are. Sources: the card networks' public ranges. */
const ISSUERS: ReadonlyArray<readonly [least: number, most: number, lengths: ReadonlyArray<number>]> = [
  [4000, 4999, [13, 16, 19]],
  [5100, 5599, [16]],
  [2221, 2720, [16]],
  [3400, 3499, [15]],
  [3700, 3799, [15]],
  [3000, 3059, [14]],
  [3600, 3699, [14]],
  [3800, 3999, [14, 16]],
  [3528, 3589, [16]],
  [2131, 2131, [15]],
  [1800, 1800, [15]],
  [6011, 6011, [16, 19]],
  [6440, 6599, [16, 19]],
  [6200, 6299, [16, 17, 18, 19]],
  [5018, 5018, [12, 13, 14, 15, 16, 17, 18, 19]],
  [5020, 5020, [12, 13, 14, 15, 16, 17, 18, 19]],
  [5038, 5038, [12, 13, 14, 15, 16, 17, 18, 19]],
  [6304, 6304, [12, 13, 14, 15, 16, 17, 18, 19]],
  [6759, 6763, [12, 13, 14, 15, 16, 17, 18, 19]]
]

const digitsOf = (text: string): string | undefined => {
  let digits = ""
  for (let i = 0; i < text.length; i++) {
    if (has(digit, text.charCodeAt(i))) digits += text.charAt(i)
    else if (text.charAt(i) !== "-" || text.charAt(i + 1) === "-") return undefined
  }
  return digits
}

const isCard = (text: string): boolean => {
  const digits = digitsOf(text)
  if (digits === undefined) return false
  const issuer = Number(digits.slice(0, 4))
  return (
    ISSUERS.some(([least, most, lengths]) => issuer >= least && issuer <= most && lengths.includes(digits.length)) &&
    luhn(digits)
  )
}

/** ISO 13616: the first four characters moved to the end, letters as two digits, 1 modulo 97. */
const isIban = (text: string): boolean => {
  const upper = text.toUpperCase()
  if (!has(letter, upper.charCodeAt(1)) || !has(digit, upper.charCodeAt(2)) || !has(digit, upper.charCodeAt(3))) {
    return false
  }
  let rest = 0
  for (let i = 0; i < upper.length; i++) {
    const code = upper.charCodeAt((i + 4) % upper.length)
    if (!has(alnum, code)) return false
    rest = code < 58 ? (rest * 10 + code - 48) % 97 : (rest * 100 + code - 55) % 97
  }
  return rest === 1
}

/** Social Security Administration: no area 000, 666 or above 899, no group 00, no serial number 0000. */
const isSsn = (text: string): boolean => {
  if (text.charAt(3) !== "-" || text.charAt(6) !== "-" || digitsOf(text)?.length !== 9) return false
  const area = text.slice(0, 3)
  return area !== "000" && area !== "666" && area < "900" && text.slice(4, 6) !== "00" && text.slice(7) !== "0000"
}

/** A part of a number with a point. */
const isFraction = (text: string, start: number, end: number): boolean =>
  (text.charCodeAt(start - 1) === DOT && has(digit, text.charCodeAt(start - 2))) ||
  (text.charCodeAt(end) === DOT && has(digit, text.charCodeAt(end + 1)))

const finder =
  (begins: typeof digit, least: number, most: number, proves: (text: string) => boolean) =>
  (cursor: Cursor): void => {
    const { at, from, text } = cursor
    for (let i = from; i < at; i++) {
      const end = runEnd(run, text, i, at)
      const mayBe = end - i >= least && end - i <= most && has(begins, text.charCodeAt(i)) && !isFraction(text, i, end)
      if (mayBe && proves(text.slice(i, end))) {
        if (cursor.outcome === "found") cursor.others.push([i, end, 100])
        else cursor.found(i, end)
      }
      i = end
    }
  }

const numbers = (
  id: string,
  source: string,
  begins: typeof digit,
  lengths: readonly [number, number],
  proves: (text: string) => boolean
): WordRule => ({
  id,
  tier: "pii",
  source,
  first: token,
  shortest: lengths[0],
  find: finder(begins, lengths[0], lengths[1], proves)
})

export const pii: ReadonlyArray<WordRule> = [
  numbers("pii-card", "ISO/IEC 7812-1: payment cards", digit, [12, 25], isCard),
  numbers("pii-iban", "ISO 13616: international bank account numbers", letter, [15, 34], isIban),
  numbers("pii-ssn", "Social Security Administration: numbers with dashes", digit, [11, 11], isSsn)
]
