/** Numbers of persons outside Europe. Each source says how the number is made. */
import { at, isDate, isUniform, luhn, mod11x2, verhoeff, weighted } from "./Checks.ts"
import type { NumberKind } from "./Number.ts"

const number = (text: string, from: number, to: number): number => Number(text.slice(from, to))

/** No area 000, 666 or from 900 on, no group 00, no serial number 0000. */
const isSsn = (text: string): boolean => {
  const area = text.slice(0, 3)
  return area !== "000" && area !== "666" && area < "900" && text.slice(3, 5) !== "00" && text.slice(5) !== "0000"
}

const isItin = (text: string): boolean => {
  const group = number(text, 3, 5)
  const isGroup = (group >= 50 && group <= 65) || (group >= 70 && group <= 88) || (group >= 90 && group <= 99)
  return text.charAt(0) === "9" && isGroup && group !== 93
}

/** What is missing to 11, 0 where it would be ten or more. */
const missing = (sum: number): number => (sum % 11 < 2 ? 0 : 11 - (sum % 11))

const isCpf = (text: string): boolean =>
  !isUniform(text) &&
  missing(weighted(text, [10, 9, 8, 7, 6, 5, 4, 3, 2])) === at(text, 9) &&
  missing(weighted(text, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2])) === at(text, 10)

const isCnpj = (text: string): boolean =>
  !isUniform(text) &&
  missing(weighted(text, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])) === at(text, 12) &&
  missing(weighted(text, [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])) === at(text, 13)

const isTfn = (text: string): boolean => !isUniform(text) && weighted(text, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0

const isMedicare = (text: string): boolean =>
  "23456".includes(text.charAt(0)) && weighted(text, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === at(text, 8)

const isResident = (text: string): boolean =>
  ["18", "19", "20"].includes(text.slice(6, 8)) &&
  "123456789".includes(text.charAt(0)) &&
  isDate(text.slice(10, 12), text.slice(12, 14)) &&
  mod11x2(text)

const isRrn = (text: string): boolean =>
  isDate(text.slice(2, 4), text.slice(4, 6)) &&
  "12345678".includes(text.charAt(6)) &&
  (11 - (weighted(text, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11)) % 10 === at(text, 12)

const isMyNumber = (text: string): boolean =>
  !isUniform(text) && missing(weighted(text, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2])) === at(text, 11)

const isNric = (text: string): boolean => {
  const first = text.charAt(0)
  const sum = weighted(text.slice(1), [2, 7, 6, 5, 4, 3, 2]) + ("TG".includes(first) ? 4 : first === "M" ? 3 : 0)
  const letters = { S: "JZIHGFEDCBA", T: "JZIHGFEDCBA", F: "XWUTRQPNMLK", G: "XWUTRQPNMLK", M: "KLJNPQRTUWX" }[first]
  const rest = first === "M" ? 10 - (sum % 11) : sum % 11
  return letters?.charAt(rest) === text.charAt(8)
}

const isSaId = (text: string): boolean =>
  isDate(text.slice(2, 4), text.slice(4, 6)) && "012".includes(text.charAt(10)) && luhn(text)

/** Each digit twice in turn, the sum of its digits: as Luhn's, from the left. */
const isTeudatZehut = (text: string): boolean => luhn(text) && !isUniform(text)

const CURP = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
const isCurp = (text: string): boolean => {
  let sum = 0
  for (let i = 0; i < 17; i++) sum += CURP.indexOf(text.charAt(i)) * (18 - i)
  return (
    isDate(text.slice(6, 8), text.slice(8, 10)) &&
    "HMX".includes(text.charAt(10)) &&
    (10 - (sum % 10)) % 10 === at(text, 17)
  )
}

const CUIT = ["20", "23", "24", "27", "30", "33", "34"]
const isCuit = (text: string): boolean =>
  CUIT.includes(text.slice(0, 2)) && (11 - (weighted(text, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11 === at(text, 10)

const isRut = (text: string): boolean => {
  const body = text.slice(0, -1).padStart(8, "0")
  const check = (11 - (weighted(body, [3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11
  return "0123456789K".charAt(check) === text.charAt(text.length - 1)
}

const isThai = (text: string): boolean =>
  text.charAt(0) !== "0" && (11 - (weighted(text, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 10 === at(text, 12)

const NINE = "999999999"
const ELEVEN = "99999999999"
const TWELVE = "999999999999"
const THIRTEEN = "9999999999999"
const GROUPS_OF_3 = ["999 999 999", "999-999-999"]

export const world: ReadonlyArray<NumberKind> = [
  {
    id: "pii-ssn",
    source: "Social Security Administration: numbers since June 2011, and those before",
    alone: ["999-99-9999"],
    named: [NINE, "999 99 9999"],
    names: ["ssn", "social security", "social insurance"],
    proves: isSsn,
    examples: ["123-45-6789", "123 45 6789", "123456789"],
    counterExamples: ["000-12-3456", "666-12-3456", "900-12-3456", "123-00-6789", "123-45-0000"]
  },
  {
    id: "pii-us-itin",
    source: "Internal Revenue Service: individual taxpayer identification numbers, Publication 1915",
    alone: ["999-99-9999"],
    named: [NINE, "999 99 9999"],
    names: ["itin", "taxpayer", "tax id"],
    proves: isItin,
    examples: ["912-70-1234", "900 88 1234"],
    counterExamples: ["912-93-1234", "912-45-1234"]
  },
  {
    id: "pii-ca-sin",
    source: "Employment and Social Development Canada: social insurance numbers, Luhn",
    named: [NINE, ...GROUPS_OF_3],
    names: ["sin", "social insurance", "assurance sociale", "nas"],
    proves: (text) => !"08".includes(text.charAt(0)) && luhn(text),
    examples: ["130 692 544", "130-692-544", "130692544"],
    counterExamples: ["130 692 545", "046 454 286"]
  },
  {
    id: "pii-br-cpf",
    source: "Receita Federal: cadastro de pessoas físicas, two checks by 11",
    alone: ["999.999.999-99"],
    named: [ELEVEN],
    names: ["cpf"],
    proves: isCpf,
    examples: ["529.982.247-25", "52998224725"],
    counterExamples: ["529.982.247-24", "111.111.111-11"]
  },
  {
    id: "pii-br-cnpj",
    source: "Receita Federal: cadastro nacional da pessoa jurídica, two checks by 11",
    alone: ["99.999.999/9999-99"],
    named: ["99999999999999"],
    names: ["cnpj"],
    proves: isCnpj,
    examples: ["11.222.333/0001-81", "11222333000181"],
    counterExamples: ["11.222.333/0001-82"]
  },
  {
    id: "pii-in-aadhaar",
    source: "Unique Identification Authority of India: Aadhaar, Verhoeff",
    named: [TWELVE, "9999 9999 9999", "9999-9999-9999"],
    names: ["aadhaar", "aadhar", "uidai", "uid"],
    proves: (text) => text >= "2" && verhoeff(text),
    examples: ["2345 6789 0124", "234567890124"],
    counterExamples: ["2345 6789 0123"]
  },
  {
    id: "pii-in-pan",
    source: "Income Tax Department of India: permanent account numbers; the fourth letter is the holder's kind",
    named: ["AAAAA9999A"],
    names: ["pan", "permanent account", "income tax"],
    proves: (text) => "ABCFGHLJPT".includes(text.charAt(3)),
    examples: ["ABCPE1234F"],
    counterExamples: ["ABCDE1234F"]
  },
  {
    id: "pii-au-tfn",
    source: "Australian Taxation Office: tax file numbers, weights by 11",
    named: [NINE, ...GROUPS_OF_3],
    names: ["tfn", "tax file"],
    proves: isTfn,
    examples: ["123 456 782", "123456782"],
    counterExamples: ["123 456 783"]
  },
  {
    id: "pii-au-medicare",
    source: "Services Australia: Medicare card numbers, weights by 10",
    named: ["9999999999", "9999 99999 9", ELEVEN],
    names: ["medicare"],
    proves: isMedicare,
    examples: ["2123 45670 1", "2123456701"],
    counterExamples: ["2123 45671 1"]
  },
  {
    id: "pii-cn-id",
    source: "GB 11643-1999: resident identity numbers, ISO 7064 MOD 11-2",
    alone: ["999999999999999999", "99999999999999999A"],
    names: [],
    proves: isResident,
    examples: ["11010519491231002X", "440524188001010014"],
    counterExamples: ["110105194912310021", "110105194913310021"]
  },
  {
    id: "pii-kr-rrn",
    source: "Ministry of the Interior and Safety of Korea: resident registration numbers of before October 2020",
    alone: ["999999-9999999"],
    named: [THIRTEEN],
    names: ["rrn", "resident registration", "주민등록"],
    proves: isRrn,
    examples: ["900101-1234568"],
    counterExamples: ["900101-1234567", "901301-1234568"]
  },
  {
    id: "pii-jp-number",
    source: "Ministry of Internal Affairs of Japan, ordinance 85 of 2014: individual numbers",
    named: [TWELVE, "9999 9999 9999", "9999-9999-9999"],
    names: ["my number", "マイナンバー", "個人番号"],
    proves: isMyNumber,
    examples: ["123456789018", "1234 5678 9018"],
    counterExamples: ["123456789019"]
  },
  {
    id: "pii-sg-nric",
    source: "Immigration & Checkpoints Authority of Singapore: NRIC and FIN",
    named: ["A9999999A"],
    names: ["nric", "fin", "identity card", "work permit"],
    proves: isNric,
    examples: ["S1234567D", "G1234567X", "M1234567K"],
    counterExamples: ["S1234567A"]
  },
  {
    id: "pii-za-id",
    source: "Department of Home Affairs of South Africa: identity numbers, Luhn",
    named: [THIRTEEN, "999999 9999 999"],
    names: ["id number", "identity", "rsa id", "south africa"],
    proves: isSaId,
    examples: ["8001015009087", "800101 5009 087"],
    counterExamples: ["8001015009088", "8013015009087"]
  },
  {
    id: "pii-il-id",
    source: "Population and Immigration Authority of Israel: identity numbers, Luhn",
    named: [NINE],
    names: ["teudat", "zehut", "israeli id", "תעודת זהות"],
    proves: isTeudatZehut,
    examples: ["123456782"],
    counterExamples: ["123456783"]
  },
  {
    id: "pii-mx-curp",
    source: "RENAPO: clave única de registro de población",
    alone: ["AAAA999999AAAAAA99", "AAAA999999AAAAAAA9"],
    names: [],
    proves: isCurp,
    examples: ["HEGG560427MVZRRL04"],
    counterExamples: ["HEGG560427MVZRRL05"]
  },
  {
    id: "pii-ar-cuit",
    source: "ARCA: CUIT and CUIL, weights by 11",
    alone: ["99-99999999-9"],
    named: [ELEVEN],
    names: ["cuit", "cuil"],
    proves: isCuit,
    examples: ["20-12345678-6", "20123456786"],
    counterExamples: ["20-12345678-5"]
  },
  {
    id: "pii-cl-rut",
    source: "Servicio de Registro Civil of Chile: rol único nacional, weights by 11",
    alone: ["99.999.999-9", "99.999.999-A", "9.999.999-9"],
    named: ["99999999-9", "99999999-A"],
    names: ["rut", "run"],
    proves: isRut,
    examples: ["12.345.678-5", "12345678-5"],
    counterExamples: ["12.345.678-4"]
  },
  {
    id: "pii-th-id",
    source: "Department of Provincial Administration of Thailand: identity numbers, weights by 11",
    alone: ["9-9999-99999-99-9"],
    named: [THIRTEEN],
    names: ["thai id", "บัตรประชาชน", "national id"],
    proves: isThai,
    examples: ["1-1017-00230-70-8", "1101700230708"],
    counterExamples: ["1-1017-00230-70-7"]
  }
]
