/** Payment cards: ISO/IEC 7812-1, with the ranges that the networks have published. */
import { luhn } from "./Checks.ts"
import type { NumberKind } from "./Number.ts"

/** The first four digits of a network's numbers, and how long these are. */
const ISSUERS: ReadonlyArray<readonly [least: number, most: number, lengths: ReadonlyArray<number>]> = [
  [4000, 4999, [13, 16, 19]],
  [5100, 5599, [16]],
  [2221, 2720, [16]],
  [2200, 2204, [16, 17, 18, 19]],
  [3400, 3499, [15]],
  [3700, 3799, [15]],
  [3000, 3059, [14]],
  [3095, 3095, [14, 16]],
  [3600, 3699, [14]],
  [3800, 3999, [14, 16]],
  [3528, 3589, [16]],
  [2131, 2131, [15]],
  [1800, 1800, [15]],
  [6011, 6011, [16, 19]],
  [6440, 6599, [16, 19]],
  [6200, 6299, [16, 17, 18, 19]],
  [8100, 8171, [16, 17, 18, 19]],
  [5018, 5018, [12, 13, 14, 15, 16, 17, 18, 19]],
  [5020, 5020, [12, 13, 14, 15, 16, 17, 18, 19]],
  [5038, 5038, [12, 13, 14, 15, 16, 17, 18, 19]],
  [5893, 5893, [12, 13, 14, 15, 16, 17, 18, 19]],
  [6304, 6304, [12, 13, 14, 15, 16, 17, 18, 19]],
  [6759, 6763, [12, 13, 14, 15, 16, 17, 18, 19]],
  [9792, 9792, [16]]
]

const isIssued = (digits: string): boolean => {
  const issuer = Number(digits.slice(0, 4))
  return ISSUERS.some(([least, most, lengths]) => issuer >= least && issuer <= most && lengths.includes(digits.length))
}

/** The lengths of the groups in which the numbers are embossed. */
const GROUPS = [
  [4, 4, 4, 4],
  [4, 6, 5],
  [4, 6, 4],
  [4, 4, 4, 4, 3],
  [4, 4, 5],
  [4, 4, 4, 1]
]
const forms = (separator: string) =>
  GROUPS.map((lengths) => lengths.map((length) => "9".repeat(length)).join(separator))

/** Seven in ten of the numbers that have the length and the check digit by chance begin with another digit than these. */
const isFinancial = (digits: string): boolean => "23456".includes(digits.charAt(0))

export const card: NumberKind = {
  id: "pii-card",
  source: "ISO/IEC 7812-1: payment cards, and the networks' ranges of issuers",
  alone: [...Array.from({ length: 8 }, (_, i) => "9".repeat(12 + i)), ...forms(" "), ...forms("-")],
  names: [
    "card",
    "credit",
    "debit",
    "visa",
    "mastercard",
    "amex",
    "american express",
    "maestro",
    "discover",
    "diners",
    "cc",
    "pan",
    "kreditkarte",
    "carte",
    "tarjeta",
    "carta",
    "cartao",
    "kaart",
    "karta"
  ],
  proves: (digits, isNamed) => (isNamed ? isFinancial(digits) : isIssued(digits)) && luhn(digits),
  examples: [
    "4111111111111111",
    "4111-1111-1111-1111",
    "5555 5555 5555 4444",
    "378282246310005",
    "3782 822463 10005",
    "6011000990139424",
    "3566002020360505",
    "2221000000000009"
  ],
  counterExamples: ["4111111111111112", "1234567890123452", "4111 1111 1111 1112", "9999999999999995"]
}
