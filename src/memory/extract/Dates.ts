/**
 * Time expressions as days of the calendar, relative to a day ("yesterday", "last Friday", "in three weeks", "3 May").
 * What can be read in two ways, such as 3/4/2024, is not read.
 */
import { civilOf, dayOfCivil as dayOf } from "../Calendar.ts"
import { isDate, monthAway, sameDayAway, weekdayOf } from "./Civil.ts"
import { at, eat, type Read, type Tokens } from "./Cursor.ts"
import { counts, type Lean, months, seasons, units, weekdays, type When } from "./DateWords.ts"

const day = (days: number, yearless = false): When => ({ from: days, to: days, grain: "day", yearless })
const weekAway = (today: number, weeks: number): When => {
  const from = today - weekdayOf(today) + weeks * 7
  return { from, to: from + 6, grain: "week", yearless: false }
}
const monthOf = (first: number, yearless = false): When => ({
  from: first,
  to: monthAway(first, 1) - 1,
  grain: "month",
  yearless
})
const yearOf = (year: number): When => ({
  from: dayOf({ year, month: 1, day: 1 }),
  to: dayOf({ year, month: 12, day: 31 }),
  grain: "year",
  yearless: false
})
const seasonOf = (year: number, month: number): When => {
  const from = dayOf({ year, month, day: 1 })
  return { from, to: monthAway(from, 3) - 1, grain: "season", yearless: false }
}
/** The weekend of the week so many weeks away. */
const weekendAway = (today: number, weeks: number): When => {
  const monday = weekAway(today, weeks).from
  return { from: monday + 5, to: monday + 6, grain: "week", yearless: false }
}

const number = (word: string): number | undefined => {
  if (/^\d{1,4}$/.test(word)) return Number(word)
  return counts.get(word)
}

const ordinal = (word: string): number | undefined => {
  const match = /^(\d{1,2})(?:st|nd|rd|th)?$/.exec(word)
  const value = match === null ? undefined : Number(match[1])
  return value !== undefined && value >= 1 && value <= 31 ? value : undefined
}

const yearAt = (tokens: Tokens, i: number): number | undefined => {
  const word = at(tokens, i)
  if (!/^\d{4}$/.test(word)) return undefined
  const year = Number(word)
  return year >= 1900 && year <= 2199 ? year : undefined
}

/** So many units away from today. */
const away = (today: number, amount: number, unit: "day" | "week" | "month" | "year"): When => {
  if (unit === "day") return day(today + amount)
  if (unit === "week") return amount === 0 ? weekAway(today, 0) : day(today + amount * 7)
  if (unit === "month") {
    const there = sameDayAway(today, amount)
    return monthOf(monthAway(there, 0))
  }
  return yearOf(civilOf(today).year + amount)
}

const amountAt = (tokens: Tokens, i: number): Read<number> | undefined => {
  const start = eat(tokens, i, "a", "couple", "of") ?? eat(tokens, i, "a", "few")
  if (start !== undefined) return { value: start - i === 3 ? 2 : 3, next: start }
  const value = number(at(tokens, i))
  return value === undefined || value > 1_000 ? undefined : { value, next: i + 1 }
}

/** "three weeks ago", "in two days", "five years from now". */
const distance = (tokens: Tokens, i: number, today: number): Read<When> | undefined => {
  const ahead = eat(tokens, i, "in")
  const amount = amountAt(tokens, ahead ?? i)
  if (amount === undefined) return undefined
  const unit = units.get(at(tokens, amount.next))
  if (unit === undefined) return undefined
  const after = amount.next + 1
  const weeks = at(tokens, amount.next) === "fortnight" ? 2 : 1
  const value = amount.value * weeks
  if (ahead !== undefined) {
    // "in 3 days' time"
    const end = eat(tokens, after, "time") ?? after
    return { value: away(today, value, unit), next: end }
  }
  const ago = eat(tokens, after, "ago") ?? eat(tokens, after, "back")
  if (ago !== undefined) return { value: away(today, -value, unit), next: ago }
  const fromNow = eat(tokens, after, "from", "now") ?? eat(tokens, after, "from", "today")
  return fromNow === undefined ? undefined : { value: away(today, value, unit), next: fromNow }
}

const nearest = (today: number, lean: Lean, thisYear: When, otherYear: (years: number) => When): When => {
  if (lean === "past") return thisYear.from <= today ? thisYear : otherYear(-1)
  return thisYear.to >= today ? thisYear : otherYear(1)
}

/** "3 May", "May 3rd, 2023", "the 3rd of May", "May 2023", "in May". */
const named = (tokens: Tokens, i: number, today: number, lean: Lean): Read<When> | undefined => {
  const now = civilOf(today)
  const start = eat(tokens, i, "the") ?? i
  const first = ordinal(at(tokens, start))
  const monthPlace = first === undefined ? start : (eat(tokens, start + 1, "of") ?? start + 1)
  const word = at(tokens, monthPlace)
  const month = months.get(word)
  if (month === undefined) return undefined
  // "may", "march" and "sun" are words too: alone they need the capital of a name
  if (first === undefined && tokens[monthPlace]?.capital !== true) return undefined
  let next = monthPlace + 1
  let date = first
  if (date === undefined) {
    const article = eat(tokens, next, "the") ?? next
    const second = ordinal(at(tokens, article))
    if (second !== undefined && yearAt(tokens, article) === undefined) {
      date = second
      next = article + 1
    }
  }
  const comma = eat(tokens, next, ",") ?? eat(tokens, next, "of") ?? next
  const year = yearAt(tokens, comma)
  if (year !== undefined) next = comma + 1
  if (date === undefined) {
    const inYear = (y: number) => monthOf(dayOf({ year: y, month: month + 1, day: 1 }), year === undefined)
    if (year !== undefined) return { value: inYear(year), next }
    return { value: nearest(today, lean, inYear(now.year), (years) => inYear(now.year + years)), next }
  }
  const given = date
  const inYear = (y: number): When | undefined => {
    const civil = { year: y, month: month + 1, day: given }
    return isDate(civil) ? day(dayOf(civil), year === undefined) : undefined
  }
  const here = inYear(year ?? now.year)
  if (here === undefined) return undefined
  if (year !== undefined) return { value: here, next }
  return { value: nearest(today, lean, here, (years) => inYear(now.year + years) ?? here), next }
}

/** 2023-05-07, 7.5.2023, 25/12/2023. */
const numeric = (word: string): When | undefined => {
  const dashed = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(word)
  const civil = (y: string | undefined, m: string | undefined, d: string | undefined): When | undefined => {
    const date = { year: Number(y), month: Number(m), day: Number(d) }
    return isDate(date) && date.year >= 1900 ? day(dayOf(date)) : undefined
  }
  if (dashed !== null) return civil(dashed[1], dashed[2], dashed[3])
  const dotted = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(word)
  if (dotted !== null) return civil(dotted[3], dotted[2], dotted[1])
  const slashed = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(word)
  if (slashed === null) return undefined
  const [, a, b, year] = slashed
  if (a === b || Number(a) > 12) return civil(year, b, a)
  return Number(b) > 12 ? civil(year, a, b) : undefined
}

const fixed: ReadonlyArray<readonly [string, number]> = [
  ["the day before yesterday", -2],
  ["the day after tomorrow", 2],
  ["yesterday", -1],
  ["last night", -1],
  ["tomorrow", 1],
  ["today", 0],
  ["tonight", 0],
  ["this morning", 0],
  ["this afternoon", 0],
  ["this evening", 0],
  ["the other day", -2]
]
const parts = new Set(["morning", "afternoon", "evening", "night"])

/** "last week", "this summer", "next Friday", "the past month". */
const relative = (tokens: Tokens, i: number, today: number): Read<When> | undefined => {
  const start = eat(tokens, i, "the") ?? i
  const which = at(tokens, start)
  const step = ["last", "past", "previous"].includes(which)
    ? -1
    : ["next", "coming", "upcoming", "following"].includes(which)
      ? 1
      : which === "this"
        ? 0
        : undefined
  if (step === undefined) return undefined
  const word = at(tokens, start + 1)
  const next = start + 2
  const now = civilOf(today)
  if (word === "week") return { value: weekAway(today, step), next }
  if (word === "weekend") return { value: weekendAway(today, step), next }
  if (word === "month") return { value: monthOf(monthAway(today, step)), next }
  if (word === "year") return { value: yearOf(now.year + step), next }
  const weekday = weekdays.get(word)
  if (weekday !== undefined) {
    const ahead = (weekday - weekdayOf(today) + 7) % 7
    const behind = ahead === 0 ? -7 : ahead - 7
    return { value: day(today + (step < 0 ? behind : step > 0 && ahead === 0 ? 7 : ahead)), next }
  }
  const month = months.get(word)
  if (month !== undefined) {
    const here = dayOf({ year: now.year, month: month + 1, day: 1 })
    const year = step < 0 && here >= monthAway(today, 0) ? -1 : step > 0 && here <= monthAway(today, 0) ? 1 : 0
    return { value: monthOf(dayOf({ year: now.year + year, month: month + 1, day: 1 })), next }
  }
  const season = seasons.get(word)
  if (season === undefined) return undefined
  const here = seasonOf(now.year, season)
  if (step < 0) return { value: here.to < today ? here : seasonOf(now.year - 1, season), next }
  return { value: here.to < today || (step > 0 && here.from <= today) ? seasonOf(now.year + 1, season) : here, next }
}

const bare = (tokens: Tokens, i: number, today: number, lean: Lean): Read<When> | undefined => {
  for (const [phrase, days] of fixed) {
    const next = eat(tokens, i, ...phrase.split(" "))
    if (next !== undefined) return { value: day(today + days), next: parts.has(at(tokens, next)) ? next + 1 : next }
  }
  const weekday = weekdays.get(at(tokens, i))
  if (weekday !== undefined && (at(tokens, i).length > 3 || tokens[i]?.capital === true)) {
    const ahead = (weekday - weekdayOf(today) + 7) % 7
    const value = lean === "past" ? (ahead === 0 ? -7 : ahead - 7) : ahead === 0 ? 7 : ahead
    return { value: day(today + value), next: parts.has(at(tokens, i + 1)) ? i + 2 : i + 1 }
  }
  const date = numeric(at(tokens, i))
  return date === undefined ? undefined : { value: date, next: i + 1 }
}

const prepositions = new Set([
  "on",
  "in",
  "at",
  "since",
  "until",
  "till",
  "by",
  "around",
  "about",
  "from",
  "during",
  "for"
])

const timed = (tokens: Tokens, read: Read<When>): Read<When> => {
  const start = eat(tokens, read.next, "at") ?? eat(tokens, read.next, "around")
  if (start === undefined || !/^\d{1,2}(?::\d{2})?(?:am|pm)?$/.test(at(tokens, start))) return read
  const next = ["am", "pm", "o'clock"].includes(at(tokens, start + 1)) ? start + 2 : start + 1
  return { ...read, next }
}

/** The time expression that begins at a place; a year by itself too. */
export const readPoint = (tokens: Tokens, i: number, today: number, lean: Lean): Read<When> | undefined => {
  const found = plainAt(tokens, i, today, lean)
  if (found !== undefined) return found
  const year = yearAt(tokens, i)
  return year === undefined ? undefined : { value: yearOf(year), next: i + 1 }
}

/** Words that a time expression begins with, besides numbers. */
const beginnings = new Set([
  ...weekdays.keys(),
  ...months.keys(),
  ...counts.keys(),
  ...fixed.map(([phrase]) => phrase.split(" ")[0] ?? ""),
  ..."in the last past previous next coming upcoming following this".split(" ")
])

const plainAt = (tokens: Tokens, i: number, today: number, lean: Lean): Read<When> | undefined => {
  const word = at(tokens, i)
  const code = word.charCodeAt(0)
  if (!(code >= 48 && code <= 57) && !beginnings.has(word)) return undefined
  return (
    distance(tokens, i, today) ??
    relative(tokens, i, today) ??
    bare(tokens, i, today, lean) ??
    named(tokens, i, today, lean)
  )
}

/** The time expression that begins at a place, with the preposition before it. */
export const readDate = (tokens: Tokens, i: number, today: number, lean: Lean): Read<When> | undefined => {
  const found =
    plainAt(tokens, i, today, lean) ??
    (prepositions.has(at(tokens, i)) ? readPoint(tokens, i + 1, today, lean) : undefined)
  return found && timed(tokens, found)
}
