/** Check digits: what makes a number prove itself. All take digits only, unless they say otherwise. Pure. */

/** The digit at `index`. */
export const at = (digits: string, index: number): number => digits.charCodeAt(index) - 48

/** The sum of the digits, each times its weight. */
export const weighted = (digits: string, weights: ReadonlyArray<number>): number =>
  weights.reduce((sum, weight, i) => sum + weight * at(digits, i), 0)

/** ISO/IEC 7812-1, annex B (Luhn). */
export const luhn = (digits: string): boolean => {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const value = at(digits, digits.length - 1 - i)
    const doubled = i % 2 === 1 ? value * 2 : value
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/** The remainder of a decimal number of any length. */
export const modulo = (digits: string, divisor: number): number => {
  let rest = 0
  for (let i = 0; i < digits.length; i++) rest = (rest * 10 + at(digits, i)) % divisor
  return rest
}

/** ISO 7064, MOD 97-10, over digits and letters (a letter is two digits, from A = 10): the remainder. */
export const mod97 = (alnum: string): number => {
  let rest = 0
  for (let i = 0; i < alnum.length; i++) {
    const code = alnum.charCodeAt(i)
    rest = code < 58 ? (rest * 10 + code - 48) % 97 : (rest * 100 + code - 55) % 97
  }
  return rest
}

/** ISO 7064, MOD 11,10: the last digit proves the others. */
export const mod11x10 = (digits: string): boolean => {
  let product = 10
  for (let i = 0; i < digits.length - 1; i++) {
    const sum = (at(digits, i) + product) % 10
    product = ((sum === 0 ? 10 : sum) * 2) % 11
  }
  return (11 - product) % 10 === at(digits, digits.length - 1)
}

/** ISO 7064, MOD 11-2: the last character, a digit or X, proves the others. */
export const mod11x2 = (text: string): boolean => {
  let rest = 0
  for (let i = 0; i < text.length - 1; i++) rest = ((rest + at(text, i)) * 2) % 11
  return "0123456789X".charAt((12 - rest) % 11) === text.charAt(text.length - 1)
}

/** The dihedral group of order ten, and how digits are permuted by their place (Verhoeff, 1969). */
const GROUP = [
  "0123456789",
  "1234067895",
  "2340178956",
  "3401289567",
  "4012395678",
  "5987604321",
  "6598710432",
  "7659821043",
  "8765932104",
  "9876543210"
]
const PLACES = [
  "0123456789",
  "1576283094",
  "5803796142",
  "8916043527",
  "9453126870",
  "4286573901",
  "2793806415",
  "7046913258"
]

/** Verhoeff's check digit. */
export const verhoeff = (digits: string): boolean => {
  let state = 0
  for (let i = 0; i < digits.length; i++) {
    const place = PLACES[i % 8] ?? ""
    state = at(GROUP[state] ?? "", at(place, at(digits, digits.length - 1 - i)))
  }
  return state === 0
}

/** The same digit throughout: what a form is filled with, never a number that was given out. */
export const isUniform = (digits: string): boolean => digits === digits.charAt(0).repeat(digits.length)

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Whether a month and a day are those of a date. */
export const isDate = (month: string, day: string): boolean => {
  const most = DAYS[Number(month) - 1]
  return most !== undefined && Number(day) >= 1 && Number(day) <= most
}
