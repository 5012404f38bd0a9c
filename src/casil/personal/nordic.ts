/** Numbers of persons in the north of Europe: a date, a number of that day, and what checks them. */
import { DIGITS, chars, only } from "../CharClass.ts"
import { at, isDate, luhn, weighted } from "./Checks.ts"
import type { NumberKind } from "./Number.ts"

const digits = chars(DIGITS)
const number = (text: string, from: number, to: number): number => Number(text.slice(from, to))

/** A coordination number has 60 added to the day. */
const isPersonnummer = (text: string): boolean => {
  const short = text.slice(-10)
  const day = number(short, 4, 6)
  const century = text.slice(0, -10)
  return (
    ["", "18", "19", "20"].includes(century) &&
    isDate(short.slice(2, 4), String(day > 60 ? day - 60 : day)) &&
    luhn(short)
  )
}

const HETU = "0123456789ABCDEFHJKLMNPRSTUVWXY"
/** The sign of the century is a letter here, or was a dash or a plus and is left out. */
const isHetu = (text: string): boolean => {
  const rest = text.length === 11 ? text.slice(7) : text.slice(6)
  const sign = text.length === 11 ? text.charAt(6) : "A"
  if (!"ABCDEFUVWXY".includes(sign) || !only(digits, rest.slice(0, 3)) || number(rest, 0, 3) < 2) return false
  return (
    isDate(text.slice(2, 4), text.slice(0, 2)) &&
    HETU.charAt(Number(text.slice(0, 6) + rest.slice(0, 3)) % 31) === rest.charAt(3)
  )
}

/** A D-number has 40 added to the day. */
const isFodselsnummer = (text: string): boolean => {
  const day = number(text, 0, 2)
  const first = (11 - (weighted(text, [3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11)) % 11
  const second = (11 - (weighted(text, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11
  return isDate(text.slice(2, 4), String(day > 40 ? day - 40 : day)) && first === at(text, 9) && second === at(text, 10)
}

const TEN = "9999999999"
const ELEVEN = "99999999999"

export const nordic: ReadonlyArray<NumberKind> = [
  {
    id: "pii-se-id",
    source: "Skatteverket: personnummer and samordningsnummer, Luhn",
    alone: ["99999999-9999"],
    named: ["999999-9999", TEN, "999999999999"],
    names: ["personnummer", "samordningsnummer", "personal number", "personal identity", "person-nr", "pnr"],
    proves: isPersonnummer,
    examples: ["19640823-3234", "640823-3234", "196408233234"],
    counterExamples: ["640823-3235", "19641323-3234"]
  },
  {
    id: "pii-fi-id",
    source: "Digi- ja väestötietovirasto: henkilötunnus, remainder of 31",
    alone: ["999999-999A", "999999A999A", "999999A9999"],
    named: ["999999-9999"],
    names: ["hetu", "henkil", "personbeteckning"],
    proves: isHetu,
    examples: ["131052-308T", "010594Y9032"],
    counterExamples: ["131052-308U", "131352-308T"]
  },
  {
    id: "pii-no-id",
    source: "Skatteetaten: fødselsnummer and D-nummer, two checks by 11",
    named: [ELEVEN, "999999 99999"],
    names: ["dselsnummer", "dselsnr", "fnr", "d-nummer", "personnummer", "national identity"],
    proves: isFodselsnummer,
    examples: ["01010750160", "010107 50160"],
    counterExamples: ["01010750161"]
  },
  {
    id: "pii-dk-id",
    source: "CPR-kontoret: personnummer; no check since 2007, so the date and the name must do",
    named: ["999999-9999"],
    names: ["cpr"],
    proves: (text) => isDate(text.slice(2, 4), text.slice(0, 2)),
    examples: ["070761-4285"],
    counterExamples: ["071361-4285"]
  }
]
