/** Numbers of persons in Europe. Each source says how the number is made. */
import { DIGITS, chars, only } from "../CharClass.ts"
import { at, isDate, isUniform, mod11x10, modulo, weighted } from "./Checks.ts"
import type { NumberKind } from "./Number.ts"

const digits = chars(DIGITS)
const number = (text: string, from: number, to: number): number => Number(text.slice(from, to))

const NI_PREFIXES = ["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"]

const isNino = (text: string): boolean =>
  !"DFIQUV".includes(text.charAt(0)) &&
  !"DFIOQUV".includes(text.charAt(1)) &&
  !NI_PREFIXES.includes(text.slice(0, 2)) &&
  "ABCD".includes(text.charAt(8))

const isNhs = (text: string): boolean => {
  const check = (11 - (weighted(text, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11
  return check === at(text, 9) && !isUniform(text)
}

/** Among the first ten digits one stands twice or three times, and no other more than once. */
const isSteuerId = (text: string): boolean => {
  const counts = Array.from(DIGITS, (each) => text.slice(0, 10).split(each).length - 1)
  const repeated = counts.filter((count) => count > 1)
  return text.charAt(0) !== "0" && repeated.length === 1 && (repeated[0] ?? 0) <= 3 && mod11x10(text)
}

/** Departments of Corsica are written 2A and 2B, and count as 19 and 18. */
const isNir = (text: string): boolean => {
  const plain = text.slice(0, 13).replace("2A", "19").replace("2B", "18") + text.slice(13)
  if (!only(digits, plain) || !"123478".includes(plain.charAt(0))) return false
  const month = number(plain, 3, 5)
  const isMonth = (month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50
  return isMonth && 97 - modulo(plain.slice(0, 13), 97) === number(plain, 13, 15)
}

const DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
const isDni = (text: string): boolean => DNI.charAt(number(text, 0, 8) % 23) === text.charAt(8)
const isNie = (text: string): boolean =>
  "XYZ".includes(text.charAt(0)) && isDni(`${"XYZ".indexOf(text.charAt(0))}${text.slice(1)}`)

/** Values of 0-9 and A-Z at odd places of a codice fiscale; at even places they are the digit and the letter's place. */
const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]

const isCodiceFiscale = (text: string): boolean => {
  let sum = 0
  for (let i = 0; i < 15; i++) {
    const code = text.charCodeAt(i)
    const value = code < 58 ? code - 48 : code - 65
    sum += i % 2 === 0 ? (ODD[value] ?? 0) : value
  }
  return "ABCDEHLMPRST".includes(text.charAt(8)) && String.fromCharCode(65 + (sum % 26)) === text.charAt(15)
}

const isBsn = (text: string): boolean =>
  text !== "000000000" && weighted(text, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0 && !isUniform(text)

/** Of those born from 2000 on, a 2 stands before the nine digits that are checked. */
const isRijksregister = (text: string): boolean => {
  const check = number(text, 9, 11)
  const month = number(text, 2, 4) % 20
  const first = text.slice(0, 9)
  return month <= 12 && (97 - modulo(first, 97) === check || 97 - modulo(`2${first}`, 97) === check)
}

const isPesel = (text: string): boolean =>
  isDate(String(number(text, 2, 4) % 20), text.slice(4, 6)) &&
  (10 - (weighted(text, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10 === at(text, 10)

const isAhv = (text: string): boolean =>
  text.startsWith("756") && (10 - (weighted(text, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]) % 10)) % 10 === at(text, 12)

const isSvnr = (text: string): boolean =>
  text.charAt(0) !== "0" && weighted(text, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 === at(text, 3)

const isNif = (text: string): boolean => {
  const rest = weighted(text, [9, 8, 7, 6, 5, 4, 3, 2]) % 11
  return "1235689".includes(text.charAt(0)) && (rest < 2 ? 0 : 11 - rest) === at(text, 8) && !isUniform(text)
}

const PPS = "WABCDEFGHIJKLMNOPQRSTUV"
const isPps = (text: string): boolean => {
  const second = text.length === 9 ? text.charCodeAt(8) - 64 : 0
  return PPS.charAt((weighted(text, [8, 7, 6, 5, 4, 3, 2]) + (second === 23 ? 0 : second) * 9) % 23) === text.charAt(7)
}

const isCnp = (text: string): boolean => {
  const rest = weighted(text, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11
  return (
    text.charAt(0) !== "0" && isDate(text.slice(3, 5), text.slice(5, 7)) && (rest === 10 ? 1 : rest) === at(text, 12)
  )
}

const isEgn = (text: string): boolean =>
  isDate(String(number(text, 2, 4) % 20), text.slice(4, 6)) &&
  (weighted(text, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11) % 10 === at(text, 9)

/** Women have 50 added to the month; 20 more where the day's numbers were used up. */
const isRodneCislo = (text: string): boolean =>
  isDate(String((number(text, 2, 4) % 50) % 20), text.slice(4, 6)) && modulo(text, 11) === 0

const isTckn = (text: string): boolean => {
  const odd = weighted(text, [1, 0, 1, 0, 1, 0, 1, 0, 1])
  const even = weighted(text, [0, 1, 0, 1, 0, 1, 0, 1])
  const tenth = (((odd * 7 - even) % 10) + 10) % 10
  return text.charAt(0) !== "0" && tenth === at(text, 9) && (odd + even + at(text, 9)) % 10 === at(text, 10)
}

const NINE = "999999999"
const TEN = "9999999999"
const ELEVEN = "99999999999"
const THIRTEEN = "9999999999999"
const TAX = ["nif", "nie", "dni", "documento", "identidad", "identity", "tax id"]

export const europe: ReadonlyArray<NumberKind> = [
  {
    id: "pii-uk-nino",
    source: "HM Revenue & Customs, National Insurance Manual NIM39110",
    named: ["AA999999A", "99 99 99 A"],
    names: ["insurance", "nino", "ni number", "ni no"],
    proves: (text) => (text.length === 9 ? isNino(text) : "ABCD".includes(text.charAt(6))),
    examples: ["AB123456C", "AA 12 34 56 B"],
    counterExamples: ["DA123456C", "BG123456A", "AB123456E"]
  },
  {
    id: "pii-uk-nhs",
    source: "NHS Data Dictionary: NHS number, modulus 11",
    named: [TEN, "999 999 9999", "999-999-9999"],
    names: ["nhs"],
    proves: isNhs,
    examples: ["9434765919", "943 476 5919", "401-023-2137"],
    counterExamples: ["943 476 5918"]
  },
  {
    id: "pii-de-tax",
    source: "Bundeszentralamt für Steuern: Identifikationsnummer, ISO 7064 MOD 11,10",
    named: [ELEVEN, "99 999 999 999"],
    names: ["steuer", "idnr", "identifikationsnummer", "tax id", "tin"],
    proves: isSteuerId,
    examples: ["86095742719", "47 036 892 816"],
    counterExamples: ["86095742718", "12345678912"]
  },
  {
    id: "pii-fr-nir",
    source: "INSEE: numéro d'inscription au répertoire, key 97",
    alone: ["9 99 99 99 999 999 99", "9 99 99 9A 999 999 99"],
    named: ["999999999999999", "999999A99999999", "9999999999999 99"],
    names: ["sécurité sociale", "securite sociale", "nir", "numéro de sécu", "numero de secu", "insee", "vitale"],
    proves: isNir,
    examples: ["255081416802538", "2 55 08 14 168 025 38", "1 85 05 78 006 084 91"],
    counterExamples: ["2 55 08 14 168 025 39", "255081416802539"]
  },
  {
    id: "pii-es-id",
    source: "Ministerio del Interior: DNI and NIE, letter by the remainder of 23",
    named: ["99999999A", "99999999-A", "A9999999A", "A-9999999-A"],
    names: TAX,
    proves: (text) => (only(digits, text.slice(0, 8)) ? isDni(text) : isNie(text)),
    examples: ["12345678Z", "12345678-Z", "X1234567L"],
    counterExamples: ["12345678A", "X1234567M"]
  },
  {
    id: "pii-it-cf",
    source: "Ministero delle Finanze, decree of 23 December 1976: codice fiscale",
    alone: ["AAAAAA99A99A999A"],
    names: [],
    proves: isCodiceFiscale,
    examples: ["RSSMRA85T10A562S", "BNCLRA90A41F205I"],
    counterExamples: ["RSSMRA85T10A562T"]
  },
  {
    id: "pii-nl-bsn",
    source: "Rijksdienst voor Identiteitsgegevens: burgerservicenummer, elfproef",
    named: [NINE, "9999 99 999", "9999.99.999"],
    names: ["bsn", "burgerservicenummer", "sofinummer", "sofi"],
    proves: isBsn,
    examples: ["111222333", "1234 56 782"],
    counterExamples: ["111222334"]
  },
  {
    id: "pii-be-id",
    source: "Rijksregister: nummer, 97 less the remainder of 97",
    alone: ["99.99.99-999.99"],
    named: [ELEVEN, "99 99 99 999 99"],
    names: ["rijksregister", "registre national", "insz", "niss", "national number", "nationaal nummer"],
    proves: isRijksregister,
    examples: ["85.07.30-033.28", "85073003328"],
    counterExamples: ["85.07.30-033.29"]
  },
  {
    id: "pii-pl-pesel",
    source: "Ministerstwo Cyfryzacji: PESEL",
    named: [ELEVEN],
    names: ["pesel"],
    proves: isPesel,
    examples: ["44051401359"],
    counterExamples: ["44051401358", "44131401359"]
  },
  {
    id: "pii-ch-ahv",
    source: "Zentrale Ausgleichsstelle: AHV-Nummer, EAN-13 with 756",
    alone: ["999.9999.9999.99"],
    named: [THIRTEEN],
    names: ["ahv", "avs", "sozialversicherung"],
    proves: isAhv,
    examples: ["756.9217.0769.85", "7569217076985"],
    counterExamples: ["756.9217.0769.84", "757.9217.0769.85"]
  },
  {
    id: "pii-at-svnr",
    source: "Dachverband der Sozialversicherungsträger: Versicherungsnummer",
    named: [TEN, "9999 999999"],
    names: ["svnr", "sozialversicherung", "versicherungsnummer", "sv-nr"],
    proves: isSvnr,
    examples: ["1237 010180", "1237010180"],
    counterExamples: ["1238 010180"]
  },
  {
    id: "pii-pt-nif",
    source: "Autoridade Tributária: número de identificação fiscal, modulus 11",
    named: [NINE, "999 999 999"],
    names: ["nif", "contribuinte"],
    proves: isNif,
    examples: ["123456789", "501 964 843"],
    counterExamples: ["123456788"]
  },
  {
    id: "pii-ie-pps",
    source: "Department of Social Protection: PPS number, remainder of 23",
    named: ["9999999A", "9999999AA"],
    names: ["pps", "ppsn"],
    proves: isPps,
    examples: ["1234567T", "1234567FA"],
    counterExamples: ["1234567A"]
  },
  {
    id: "pii-ro-cnp",
    source: "Direcția pentru Evidența Persoanelor: cod numeric personal",
    named: [THIRTEEN],
    names: ["cnp", "cod numeric"],
    proves: isCnp,
    examples: ["1800101221144"],
    counterExamples: ["1800101221145"]
  },
  {
    id: "pii-bg-egn",
    source: "GRAO: единен граждански номер",
    named: [TEN],
    names: ["egn", "civil number"],
    proves: isEgn,
    examples: ["7523169263"],
    counterExamples: ["7523169264"]
  },
  {
    id: "pii-cz-id",
    source: "Ministerstvo vnitra: rodné číslo, divisible by 11",
    named: ["999999/9999", TEN],
    names: ["rodn", "birth number"],
    proves: isRodneCislo,
    examples: ["736028/5163"],
    counterExamples: ["736028/5164"]
  },
  {
    id: "pii-tr-id",
    source: "Nüfus ve Vatandaşlık İşleri: T.C. kimlik numarası",
    named: [ELEVEN],
    names: ["tckn", "kimlik"],
    proves: isTckn,
    examples: ["10000000146"],
    counterExamples: ["10000000147"]
  }
]
