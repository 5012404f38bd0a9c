/**
 * Finds numbers of persons: looks where a word with digits begins, reads its groups, and asks those kinds of numbers
 * that are written so. What a group looks like decides, in one look-up, so most numbers cost next to nothing.
 */
import { alnum, BASE62, chars, digit, has, letter, runEnd, some, upper } from "../CharClass.ts"
import type { Cursor } from "../engine/Cursor.ts"
import { type Address, beginsIpv4, beginsIpv6, ipv4At, ipv6At } from "./address.ts"
import { card } from "./cards.ts"
import { europe } from "./europe.ts"
import { added, type Form, formOf, formsOf, sumOf } from "./Form.ts"
import { ibanLength, isIban } from "./iban.ts"
import { afterEscape, isDigit, isNamed, isOthers, isWord, LOOKED } from "./Near.ts"
import { nordic } from "./nordic.ts"
import type { NumberKind } from "./Number.ts"
import { PHONE, phoneAt } from "./phone.ts"
import { world } from "./world.ts"

export const IBAN = "pii-iban"
/** All kinds that are told by their form. Those that everybody has first. */
export const kinds: ReadonlyArray<NumberKind> = [card, ...world, ...europe, ...nordic]
const forms = formsOf(kinds)

interface Found {
  readonly id: string
  readonly start: number
  readonly end: number
}
type Answer = Found | "more" | undefined

const LONGEST = 34
const MOST_GROUPS = 8
const SHORTEST = 7
const SHORTEST_WORD = 8

const [SPACE, DASH, DOT, SLASH] = [32, 45, 46, 47] as const
const separators = chars(" -./")
/** What may not follow a number. */
const goesOn = chars("_@%")

const compactOf = (text: string, from: number, to: number): string => {
  let compact = ""
  for (let i = from; i < to; i++) if (isWord(text.charCodeAt(i))) compact += text.charAt(i)
  return compact.toUpperCase()
}

/** What looking for one kind's names costs beside the first look. */
const NAMED = 20
/** What reading groups costs beside their characters. */
const GROUPS = 40

/** Two letters and a blank stand before: the beginning of a number that is written in pairs. */
const pairBefore = (text: string, floor: number, from: number): boolean =>
  from - 3 >= floor &&
  text.charCodeAt(from - 1) === SPACE &&
  has(upper, text.charCodeAt(from - 2)) &&
  has(upper, text.charCodeAt(from - 3)) &&
  (from - 4 < floor || !isWord(text.charCodeAt(from - 4)) || afterEscape(text, floor, from - 4) > from - 4)

/** The kind of number that `[from, end)` is. */
const judge = (cursor: Cursor, { asked, parted, spaced }: Form, from: number, end: number): string | undefined => {
  const { floor, text } = cursor
  const after = text.charCodeAt(end)
  const beyond = text.charCodeAt(end + 1)
  if (end < text.length) {
    if (after < 128 && goesOn[after] === 1) return undefined
    if (after === DASH && isWord(beyond)) return undefined
    if (after === DOT && isDigit(beyond)) return undefined
  }
  const isPart =
    spaced &&
    ((after === SPACE && isDigit(beyond)) ||
      (from - 2 >= floor && text.charCodeAt(from - 1) === SPACE && isDigit(text.charCodeAt(from - 2))))
  const compact = parted ? compactOf(text, from, end) : text.slice(from, end).toUpperCase()
  cursor.cost += LOOKED
  let usual: string | undefined
  let others: boolean | undefined
  for (const { alone, kind } of asked) {
    const named = (kind.id !== "pii-uk-nino" || !spaced || pairBefore(text, floor, from)) && kind.proves(compact, true)
    if (named) cursor.cost += NAMED
    if (named && isNamed(text, floor, from, kind.names)) return kind.id
    if (usual !== undefined || !alone || isPart || !kind.proves(compact, false)) continue
    if (!(others ??= isOthers(text, floor, from))) usual = kind.id
  }
  return usual
}

/** Reads groups from `from` on, and answers for the longest that are a number. */
const shaped = (cursor: Cursor, from: number, firstEnd: number): Answer => {
  const { text } = cursor
  const limit = from + LONGEST + 1
  // where it may end, and the sum of its form up to there
  const read: Array<number> = []
  let sum = 0
  let at = from
  let end = firstEnd
  for (let groups = 1; ; groups++) {
    if (cursor.unknown(end)) return "more"
    if (end > limit) break
    sum = sumOf(text, at, end, sum)
    if (end - from >= SHORTEST) read.push(end, sum)
    const separator = text.charCodeAt(end)
    if (groups === MOST_GROUPS || !has(separators, separator)) break
    if (cursor.unknown(end + 1)) return "more"
    const next = text.charCodeAt(end + 1)
    if (!isDigit(next) && !has(letter, next)) break
    // letters before and after a blank are words, but in numbers that are written in pairs
    if (separator === SPACE && !isDigit(next) && formOf(text, from, end) !== "99 99 99") break
    if (separator === SPACE && has(letter, text.charCodeAt(end - 1))) {
      if (!formOf(text, from, Math.min(end, from + PAIRS.length)).startsWith(PAIRS)) break
    }
    sum = added(sum, separator)
    at = end + 1
    end = runEnd(alnum, text, at, limit + 1)
  }
  cursor.cost += GROUPS + end - from
  const formAt = forms()
  for (let i = read.length - 2; i >= 0; i -= 2) {
    const last = read[i] ?? from
    const form = formAt(text, from, last, read[i + 1] ?? 0)
    const id = form === undefined ? undefined : judge(cursor, form, from, last)
    if (id !== undefined) return { id, start: from, end: last }
  }
  return undefined
}
/** Numbers that are written in pairs begin so. */
const PAIRS = "9 99 99 "

const IBAN_GROUP = 4

/** An account's number that begins at `from`, as it is or in groups of four. */
const ibanAt = (cursor: Cursor, from: number, firstEnd: number): Answer => {
  const { text } = cursor
  const length = ibanLength(text.slice(from, from + 2).toUpperCase())
  if (length === 0 || !isDigit(text.charCodeAt(from + 2)) || !isDigit(text.charCodeAt(from + 3))) return undefined
  let end = firstEnd
  let count = end - from
  // one group, or all of them
  while (count < length && count % IBAN_GROUP === 0) {
    if (cursor.unknown(end + 1)) return "more"
    const separator = text.charCodeAt(end)
    if ((separator !== SPACE && separator !== DASH) || !isWord(text.charCodeAt(end + 1))) return undefined
    const next = runEnd(alnum, text, end + 1, end + 2 + IBAN_GROUP)
    if (cursor.unknown(next)) return "more"
    const size = next - end - 1
    if (size > IBAN_GROUP || (size < IBAN_GROUP && count + size !== length)) return undefined
    count += size
    end = next
  }
  if (count !== length || (text.charCodeAt(end) === DASH && isWord(text.charCodeAt(end + 1)))) return undefined
  cursor.cost += end - from
  return isIban(compactOf(text, from, end)) ? { id: IBAN, start: from, end } : undefined
}

/** Whether a dash or a dot joins it to what stands before: it is a part of something else. */
const isJoined = (text: string, floor: number, from: number): boolean => {
  if (from - 1 <= floor) return false
  const before = text.charCodeAt(from - 1)
  return (before === DASH || before === DOT) && isWord(text.charCodeAt(from - 2))
}

/** What begins with the letter at `from`. */
const afterLetter = (cursor: Cursor, from: number, end: number): Answer => {
  const { floor, text } = cursor
  const size = end - from
  if (isJoined(text, floor, from)) return undefined
  if (size > LONGEST) return undefined
  if (beginsIpv6(text, from, end)) return addressed(from, ipv6At(cursor, from))
  if (size !== 1 && size !== IBAN_GROUP && size < SHORTEST_WORD) return undefined
  if (size > 1 && !some(digit, text, from, end)) return undefined
  if (size === 1 && text.charCodeAt(end) !== DASH) return undefined
  return (
    (size === 1 ? undefined : ibanAt(cursor, from, end)) ??
    (size === IBAN_GROUP ? undefined : shaped(cursor, from, end))
  )
}

const addressed = (start: number, address: Address | "more" | undefined): Answer =>
  address === undefined || address === "more" ? address : { id: address.id, start, end: address.end }

const OPEN = 40
const PLUS = 43
const CLOSE = 41
const COLON = 58

/** Whether a few digits may be the beginning of a longer number: most are a count, a time, a date or a decimal. */
const mayGoOn = (cursor: Cursor, from: number, end: number): boolean | "more" => {
  const { text } = cursor
  if (cursor.unknown(end)) return "more"
  const after = text.charCodeAt(end)
  if (after === OPEN || after === CLOSE) return true
  if (!has(separators, after)) return false
  if (cursor.unknown(end + 1)) return "more"
  const beyond = text.charCodeAt(end + 1)
  if (after === SPACE) return isDigit(beyond) || beyond === OPEN
  if (!isWord(beyond)) return false
  if (end - from !== 4 || after !== DASH) return true
  // a date as ISO 8601 has it
  if (cursor.unknown(end + 3)) return "more"
  return text.charCodeAt(end + 3) !== DASH || !isDigit(text.charCodeAt(end + 2))
}

/** What begins with the digit at `from`. */
const afterDigit = (cursor: Cursor, from: number, end: number): Answer => {
  const { floor, text } = cursor
  const before = from > floor ? text.charCodeAt(from - 1) : -1
  const earlier = from - 1 > floor ? text.charCodeAt(from - 2) : -1
  if (isJoined(text, floor, from)) return undefined
  if (before === SLASH && isDigit(earlier)) return undefined
  if (beginsIpv4(text, from, end)) {
    const address = ipv4At(cursor, from)
    if (address !== undefined) return address === "nobody" ? undefined : addressed(from, address)
  }
  if (beginsIpv6(text, from, end)) return addressed(from, ipv6At(cursor, from))
  if (end - from > LONGEST) return undefined
  // groups after the first belong to the number that began before, unless a group of four begins another one
  const isLater = before === SPACE && isDigit(earlier)
  if (isLater && (end - from !== 4 || (from - 5 > floor && isDigit(text.charCodeAt(from - 5))))) return undefined
  if (end - from < SHORTEST) {
    const goesOn = mayGoOn(cursor, from, end)
    if (goesOn !== true) return goesOn === "more" ? "more" : undefined
  }
  const found = before === PLUS ? undefined : shaped(cursor, from, end)
  if (found !== undefined || isLater) return found
  const phone = phoneAt(cursor, from)
  if (phone === undefined || phone === "more") return phone
  cursor.cost += phone[1] - phone[0]
  return { id: PHONE, start: phone[0], end: phone[1] }
}

/** Whether a word that begins with a digit is long enough for a number, or may go on as one. */
export const mayBegin = (text: string, from: number, end: number): boolean => {
  if (end - from >= SHORTEST) return true
  if (end === text.length) return false
  const after = text.charCodeAt(end)
  if (after === SPACE)
    return end + 1 === text.length || isDigit(text.charCodeAt(end + 1)) || text.charCodeAt(end + 1) === OPEN
  return after === OPEN || after === CLOSE || (after === COLON && end - from === 4)
}

/** Looks through the word at the cursor, and beyond it where a number goes on. */
export const numbers = (cursor: Cursor): void => {
  const { at, from, text } = cursor
  let covered = from
  for (let next = from; next < at;) {
    if (!isWord(text.charCodeAt(next))) {
      next++
      continue
    }
    const i = Math.min(afterEscape(text, cursor.floor, next), at)
    const end = runEnd(alnum, text, i, at)
    if (i >= covered && i < end) {
      const found = isDigit(text.charCodeAt(i)) ? afterDigit(cursor, i, end) : afterLetter(cursor, i, end)
      if (found === "more") return cursor.more(text.length, NOTHING, from)
      if (found !== undefined) {
        covered = found.end
        if (cursor.outcome === "found") cursor.others.push([found.start, found.end, 100, found.id])
        else {
          cursor.found(found.start, found.end)
          cursor.label = found.id
        }
      }
    }
    next = Math.max(end, next + 1)
  }
}

const NOTHING = chars("")
/** Words that may begin with a digit's own, and all others. */
export const digitsFirst = chars("0123456789+")
export const othersFirst = chars(`${BASE62.slice(10)}-_/=%\\.`)
