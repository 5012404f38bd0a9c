/**
 * A name and the value beside it, as programs, configuration, shells, markup and people write them:
 * `password = "x"`, `"token": "x"`, `--secret x`, `<key>x</key>`, `setPassword("x")`, `Buffer.from("x")`, `| Key | x |`.
 * Read forward from a word that names secrets, never back, each character once.
 */
import { BASE62, type CharClass, chars, except, has, space, visibleExcept } from "../CharClass.ts"
import type { Cursor } from "../engine/Cursor.ts"
import { bridge, type Join, LONGEST_GAP } from "./Bridge.ts"
import { Reading } from "./Reading.ts"

export interface Assignment {
  readonly nameStart: number
  readonly nameEnd: number
  readonly start: number
  readonly end: number
  readonly join: Join
  /** The quotation mark; none for a bare value. */
  readonly quote: string
  /** Calls around the value: `Buffer.from("x")` has one. */
  readonly wrapped: number
  /** Where the value is in the file's own quotes: `\"x\"`. */
  readonly escaped: boolean
  /** What follows it in the same list: `["x", "y"]`. */
  readonly others: ReadonlyArray<readonly [start: number, end: number]>
}

const LONGEST_NAME = 128
export const LONGEST_VALUE = 1024
const LONGEST_BEFORE = 64
const LONGEST_CALL = 40
const MOST_CALLS = 3
const MOST_LISTED = 32

const nameSet = chars(`${BASE62}_-$.`)
const quotes = "\"'`"
const prefixes = chars("bBuUrRfFLN@$")
const callSet = chars(`${BASE62}_.$: `)
const inside: Readonly<Record<string, CharClass>> = {
  '"': except('"\r\n'),
  "'": except("'\r\n"),
  "`": except("`\r\n")
}
const bare = visibleExcept("\"'`<>,;()[]{}|&\\")
const afterTag = except("<\r\n")
const DOT = 46
const HYPHEN = 45

const nameStartOf = (cursor: Cursor): number => {
  const { floor, from, text } = cursor
  let i = cursor.runStart(nameSet, from, Math.max(floor, from - LONGEST_BEFORE))
  // `\npassword`, as raw JSON has it
  if (i > floor && text.charCodeAt(i - 1) === 92 && i < from && "nrt".includes(text.charAt(i))) i++
  return i
}

const nameEndOf = (reading: Reading, at: number, text: string): number => {
  const end = reading.long(nameSet, at, LONGEST_NAME)
  // a dot or dash at the end belongs to the sentence
  let last = end
  while (last > at && (text.charCodeAt(last - 1) === DOT || text.charCodeAt(last - 1) === HYPHEN)) last--
  return last
}

interface Value {
  readonly start: number
  readonly end: number
  readonly quote: string
  readonly escaped: boolean
}

/** Where quotation marks, escaped and repeated ones too, end, and how many there are. */
const openQuotes = (reading: Reading, from: number): readonly [end: number, count: number] => {
  let i = from
  let count = 0
  let quote = ""
  for (; i < from + 6; i++) {
    reading.need(i)
    const char = reading.char(i)
    if (char === "" || (char !== "\\" && !quotes.includes(char))) break
    if (char === "\\") continue
    // another kind of mark belongs to the value
    if (quote !== "" && char !== quote) break
    quote = char
    count++
  }
  return [i, count]
}

const valueAt = (reading: Reading, text: string, from: number, join: Join): Value | undefined => {
  reading.hold = from
  reading.need(from + 2)
  if (reading.waits) return undefined
  const lead = has(prefixes, text.charCodeAt(from)) && quotes.includes(text.charAt(from + 1)) ? 1 : 0
  const [open, count] = openQuotes(reading, from + lead)
  if (reading.waits) return undefined
  const start = count > 0 ? open : from
  const quote = count > 0 ? text.charAt(open - 1) : ""
  // two marks and nothing that a value begins with: an empty string
  if (quote === "\\" || (count === 2 && !has(first, text.charCodeAt(open)))) return undefined
  const set = count > 0 ? (inside[quote] ?? bare) : join === "tag" ? afterTag : bare
  reading.hold = start
  const end = reading.long(set, start, LONGEST_VALUE + 1)
  if (reading.waits || end - start > LONGEST_VALUE) return undefined
  if (count > 0 && text.charAt(end) !== quote) return undefined
  const escaped = count > 0 && end > start && text.charAt(end - 1) === "\\"
  return { start, end: escaped ? end - 1 : end, quote, escaped }
}
const first = chars(`${BASE62}$#@!%^&*_+/`)

/** Reads calls around a value, as `Buffer.from(` and `new Secret(`: where the value in them begins, and how many. */
const unwrap = (reading: Reading, text: string, from: number): readonly [number, number] => {
  let i = from
  let calls = 0
  while (calls < MOST_CALLS) {
    const end = reading.run(callSet, i, LONGEST_CALL)
    reading.need(end)
    if (reading.waits) return [i, calls]
    if (end === i || text.charAt(end) !== "(") break
    i = reading.run(space, end + 1, LONGEST_GAP)
    if (reading.waits) return [i, calls]
    calls++
  }
  if (calls === 0) return [from, 0]
  reading.need(i)
  return quotes.includes(text.charAt(i)) && text.charAt(i) !== "" ? [i, calls] : [from, 0]
}

/** The values that follow one in a list, between quotation marks. */
const othersAt = (reading: Reading, text: string, first: Value): ReadonlyArray<readonly [number, number]> => {
  const others: Array<readonly [number, number]> = []
  let at = first.end
  while (first.quote !== "" && others.length < MOST_LISTED) {
    const closed = reading.run(closing, at, 4)
    const next = reading.run(space, closed, LONGEST_GAP)
    reading.need(next)
    if (reading.waits || text.charAt(next) !== ",") break
    const begin = reading.run(space, next + 1, LONGEST_GAP)
    const value = reading.waits ? undefined : valueAt(reading, text, begin, "comma")
    if (reading.waits || value === undefined || value.quote === "") break
    others.push([value.start, value.end])
    at = value.end
  }
  reading.keep(first.start)
  return others
}
const closing = chars("\"'`\\")

/** `vendor-secret-0a1b2c`: the value is the rest of the name after the last word of it that names a secret. */
const dashedAt = (cursor: Cursor, nameStart: number, nameEnd: number): Assignment | undefined => {
  const { at } = cursor
  // a part of an address, as titles of articles are
  if (nameEnd - at - 1 < SHORTEST_DASHED || cursor.text.charAt(nameStart - 1) === "/") return undefined
  const start = at + 1
  if (cursor.digitsIn(start, nameEnd) < FEWEST_DIGITS) return undefined
  return {
    nameStart,
    nameEnd: at,
    start,
    end: nameEnd,
    join: "dash",
    quote: "",
    wrapped: 0,
    escaped: false,
    others: []
  }
}
const SHORTEST_DASHED = 16
const FEWEST_DIGITS = 4

/** The assignment whose name the cursor's anchor is a part of. Nothing while a character is missing (`cursor.more`). */
export const assignmentAt = (cursor: Cursor): Assignment | undefined => {
  const { at, text } = cursor
  const reading = new Reading(cursor)
  reading.hold = at
  const nameStart = nameStartOf(cursor)
  const isNew = cursor.isNew(nameStart)
  reading.need(at)
  if (reading.waits) return undefined
  const mayBeDashed = has(dashes, text.charCodeAt(at))
  if (!isNew && !mayBeDashed) return undefined
  const nameEnd = nameEndOf(reading, at, text)
  if (reading.waits) return undefined
  const dashed = mayBeDashed ? dashedAt(cursor, nameStart, nameEnd) : undefined
  if (dashed !== undefined || !isNew) return dashed
  const bridged = bridge(reading, text, nameEnd)
  if (bridged === undefined) return undefined
  const [begin, join] = bridged
  reading.hold = begin
  const [called, wrapped] = join === "tag" || join === "bar" ? [begin, 0] : unwrap(reading, text, begin)
  if (reading.waits) return undefined
  reading.need(called)
  const listed = text.charAt(called) === "["
  const valueBegin = listed ? reading.run(space, called + 1, LONGEST_GAP) : called
  if (reading.waits) return undefined
  const value = valueAt(reading, text, valueBegin, join)
  if (value === undefined || value.end === value.start) return undefined
  const others = listed ? othersAt(reading, text, value) : []
  return reading.waits ? undefined : { nameStart, nameEnd, ...value, join, wrapped, others }
}
const dashes = chars("-._")
