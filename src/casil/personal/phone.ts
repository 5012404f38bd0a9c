/**
 * Phone numbers: international ones as ITU-T E.164 and E.123 have them, North American ones as the NANP writes them, and
 * any other national form where something says that it is a phone's.
 */
import { chars } from "../CharClass.ts"
import type { Cursor } from "../engine/Cursor.ts"
import { waysOfAll } from "../engine/Looks.ts"
import { type Dialled, extend, read } from "./Dialled.ts"
import { isDigit, isNamed, isOthers, isWord, LOOKED, wordBefore } from "./Near.ts"

export const PHONE = "pii-phone"
const FEWEST = 7

const [SPACE, OPEN, PLUS, COMMA, DOT, COLON, SLASH, DASH] = [32, 40, 43, 44, 46, 58, 47, 45] as const
/** A number after one of these is no phone's, nor before one of those. */
const notBefore = chars("#$%&*@_~^")
const notAfter = chars("%@_$*^~")

/** What a phone is called; the number stands right after it. */
const LABELS = [
  "phone",
  "tel",
  "mobile",
  "mob",
  "cell",
  "fax",
  "landline",
  "whatsapp",
  "viber",
  "sms",
  "gsm",
  "hotline",
  "helpline",
  "desk",
  "callback",
  "pager",
  "handy",
  "telefon",
  "mobil",
  "rufnummer",
  "durchwahl",
  "téléphone",
  "portable",
  "teléfono",
  "telefono",
  "móvil",
  "celular",
  "cellulare",
  "telefone",
  "telemóvel",
  "telefoon",
  "mobiel",
  "puhelin",
  "komórka",
  "телефон",
  "電話",
  "手机",
  "手機",
  "电话",
  "전화"
]
const LABEL_REACH = 28
/** What it costs to read a number as it is dialled. */
const READ = 30

/** What one does to a phone; the number stands after one of `TOWARDS`. */
const CALLS = [
  "call",
  "dial",
  "ring",
  "reach",
  "text",
  "texts",
  "message",
  "contact",
  "answer",
  "voicemail",
  "registered",
  "anruf",
  "erreich",
  "appel",
  "joindre",
  "llama",
  "chiama",
  "ligar",
  "bellen",
  "ring"
]
const TOWARDS = [
  "at",
  "on",
  "to",
  "via",
  "under",
  "registered",
  "number",
  "me",
  "us",
  "au",
  "al",
  "unter",
  "op",
  "på",
  "no"
]
const CALLS_REACH = 48

/** What may stand after a number and say that it is a phone's. */
const AFTER = ["office", "fax", "mobile", "cell", "home", "work", "phone", "tel", "desk", "direct", "landline", "mobil"]
const LONGEST_AFTER = 10

const isYear = (text: string): boolean => text.length === 4 && (text.startsWith("19") || text.startsWith("20"))

/** A date, with or without what follows it. */
const isNoPhone = ({ groups, join }: Dialled): boolean => {
  const [a = "", b = "", c = ""] = groups
  const isDay = (text: string, most: number) => text.length <= 2 && Number(text) >= 1 && Number(text) <= most
  if (join !== SPACE && isYear(a) && isDay(b, 12) && isDay(c, 31)) return true
  return isYear(c) && isDay(a, 31) && isDay(b, 31)
}

/** A count that is written in thousands. */
const isCount = ({ brackets, groups, join, mixed }: Dialled): boolean => {
  const [first = "", ...rest] = groups
  const thousands = rest.length > 0 && first.length <= 3 && rest.every(({ length }) => length === 3)
  return thousands && !first.startsWith("0") && !mixed && !brackets && join !== DASH
}

const isNorthAmerican = (area: string, exchange: string): boolean => area.charAt(0) >= "2" && exchange.charAt(0) >= "2"

/** Whether the form alone says that it is a phone's. */
const isAlone = (dialled: Dialled): boolean => {
  const { brackets, extension, first, groups, join, mixed } = dialled
  const [, second = "", third = ""] = groups
  if (dialled.has(3, 3, 4)) {
    if (extension && (brackets || join !== SPACE)) return first.charAt(0) >= "2"
    if (!isNorthAmerican(first, second)) return false
    return brackets || ((join === DASH || join === DOT) && !mixed)
  }
  if (dialled.has(1, 3, 3, 4)) return first === "1" && isNorthAmerican(second, third) && join !== SPACE
  // as France and its neighbours write them
  if (dialled.has(2, 2, 2, 2, 2)) return join === DOT && !mixed && first.charAt(0) === "0" && first !== "00"
  return first.length > 2 && first.length <= 5 && first.startsWith("00") && first.charAt(2) !== "0" && groups.length > 2
}

/** Whether a plus before it makes it a number that E.164 knows. */
const isInternational = (dialled: Dialled): boolean => {
  const { digits, first, groups } = dialled
  if (first.charAt(0) === "0" || digits < 8) return false
  if (groups.length === 1 && digits < 10) return false
  if (isCount(dialled) && digits < 10) return false
  if (first.charAt(0) === "1") return digits === 11 && (groups.length > 1 || first.charAt(1) >= "2")
  return true
}

/** The words between a label and its number are few, and no sentence ends there. */
const isLabelled = (text: string, floor: number, from: number): boolean => {
  let start = Math.max(floor, from - LABEL_REACH)
  for (let i = from - 1; i > start; i--) {
    const ends = text.charCodeAt(i) === DOT && text.charCodeAt(i + 1) === SPACE && i < from - 2
    if (ends || isDigit(text.charCodeAt(i))) start = i + 1
  }
  return isNamed(text, start, from, LABELS, LABEL_REACH)
}

/** What follows says it, after a blank or a dash; "more" if that may still come. */
const isLabelledAfter = (cursor: Cursor, end: number): boolean | "more" => {
  const { text } = cursor
  let from = end
  while (from < end + 2 && " -(,".includes(text.charAt(from)) && from < text.length) from++
  let to = from
  while (to < from + LONGEST_AFTER && isWord(text.charCodeAt(to))) to++
  const word = text.slice(from, to).toLowerCase()
  if (cursor.unknown(to)) {
    if (to === from ? to < end + 2 : AFTER.some((each) => each.startsWith(word))) return "more"
  }
  return to > from && from > end && AFTER.includes(word)
}

/** Whether a call is spoken of. */
const isCalled = (text: string, floor: number, from: number): boolean =>
  waysOfAll(TOWARDS).includes(wordBefore(text, floor, from)) && isNamed(text, floor, from, CALLS, CALLS_REACH)

const mayStandBefore = (text: string, at: number, floor: number): boolean => {
  if (at <= floor) return true
  const before = text.charCodeAt(at - 1)
  if (isWord(before) || notBefore[before] === 1 || before === SLASH) return false
  if (before === DOT || before === COMMA || before === DASH || before === COLON) {
    return at - 2 < floor || !isWord(text.charCodeAt(at - 2)) || before === COLON || before === COMMA
      ? !isDigit(text.charCodeAt(at - 2))
      : false
  }
  return true
}

/** The phone number that begins with the digit at `from`: its beginning and end, nothing, or "more". */
export const phoneAt = (cursor: Cursor, from: number): readonly [number, number] | "more" | undefined => {
  const { floor, text } = cursor
  const before = from > floor ? text.charCodeAt(from - 1) : -1
  const start = before === PLUS ? from - 1 : from
  if (!mayStandBefore(text, before === OPEN ? from - 1 : start, floor)) return undefined
  cursor.cost += READ
  const dialled = read(cursor, from)
  if (dialled === "more" || dialled === undefined) return dialled
  if (dialled.digits < FEWEST) return undefined
  if (extend(cursor, dialled) === "more") return "more"
  const { end } = dialled
  if (cursor.unknown(end + 1)) return "more"
  // a bracket that ends in it begins with it
  const begin = before === OPEN && text.slice(from, end).includes(")") ? from - 1 : start
  const after = text.charCodeAt(end)
  const beyond = text.charCodeAt(end + 1)
  if (isWord(after) || (after < 128 && notAfter[after] === 1)) return undefined
  if ((after === COMMA || after === COLON || after === SLASH || after === DOT) && isDigit(beyond)) return undefined
  if (before === PLUS) return isInternational(dialled) ? [start, end] : undefined
  cursor.cost += LOOKED
  if (isNoPhone(dialled)) return undefined
  if (isAlone(dialled) && !isOthers(text, floor, from)) return [begin, end]
  if (isLabelled(text, floor, from)) return [begin, end]
  if (dialled.groups.length > 1 && isCalled(text, floor, from)) return [begin, end]
  if (dialled.groups.length === 1 || isCount(dialled)) return undefined
  const labelled = isLabelledAfter(cursor, end)
  return labelled === "more" ? "more" : labelled ? [begin, end] : undefined
}
