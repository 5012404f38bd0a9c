/**
 * The days a question means: "yesterday", "last week", "in May 2023", "between March and June", "two weeks ago". Days
 * are numbers (`Calendar.ts`); an open end is infinite. Linear in the text.
 */
import { type Civil, civilOf, dayOfCivil, monthNames, weekdayNames, weekdayOf } from "../Calendar.ts"

/** First and last day, both included. */
export interface DayRange {
  readonly from: number
  readonly to: number
}

/** What a question says about time: days, or a month or a day of some year. Undefined where it says nothing. */
export type TimeHint =
  | { readonly _tag: "days"; readonly range: DayRange }
  | { readonly _tag: "month"; readonly month: number; readonly day: number | undefined }

type Token = string

const numbers: ReadonlyMap<string, number> = new Map(
  Object.entries({
    a: 1,
    an: 1,
    one: 1,
    two: 2,
    couple: 2,
    three: 3,
    few: 3,
    four: 4,
    five: 5,
    six: 6,
    seven: 7,
    eight: 8,
    nine: 9,
    ten: 10,
    eleven: 11,
    twelve: 12
  })
)

const months = new Map(
  monthNames.flatMap((name, i) => {
    const lower = name.toLowerCase()
    return [lower, lower.slice(0, 3), ...(lower === "september" ? ["sept"] : [])].map((key) => [key, i + 1] as const)
  })
)
const weekdays = new Map(weekdayNames.map((name, i) => [name.toLowerCase(), i] as const))

/** The first month of each, as they are in the north; winter is that of the year it begins in. */
const seasons: ReadonlyMap<string, number> = new Map([
  ["spring", 3],
  ["summer", 6],
  ["autumn", 9],
  ["fall", 9],
  ["winter", 12]
])

const tokensOf = (text: string): ReadonlyArray<Token> =>
  (
    text
      .slice(0, 4_000)
      .toLowerCase()
      .match(/\d{4}-\d{1,2}-\d{1,2}|\d+|[a-z]+/g) ?? []
  ).filter((word) => !/^(?:st|nd|rd|th|s|of|the)$/.test(word))

const yearOf = (token: Token | undefined): number | undefined =>
  token !== undefined && /^(?:19|20)\d\d$/.test(token) ? Number(token) : undefined

const dayNumber = (token: Token | undefined): number | undefined =>
  token !== undefined && /^(?:[1-9]|[12]\d|3[01])$/.test(token) ? Number(token) : undefined

const monthRange = (year: number, month: number): DayRange => ({
  from: dayOfCivil({ year, month, day: 1 }),
  to: dayOfCivil({ year, month: month + 1, day: 1 }) - 1
})
const yearRange = (year: number): DayRange => ({
  from: dayOfCivil({ year, month: 1, day: 1 }),
  to: dayOfCivil({ year, month: 12, day: 31 })
})
const whole = (from: number, length = 1): TimeHint => ({ _tag: "days", range: { from, to: from + length - 1 } })
const range = (value: DayRange): TimeHint => ({ _tag: "days", range: value })

/** The season that began last before today, or the one before that where it is still on and `last` is meant. */
const seasonRange = (first: number, today: number, last: boolean): DayRange => {
  const { month, year } = civilOf(today)
  const began = month >= first ? year : year - 1
  const range = (of: number): DayRange => ({
    from: dayOfCivil({ year: of, month: first, day: 1 }),
    to: dayOfCivil({ year: of, month: first + 3, day: 1 }) - 1
  })
  return last && range(began).to >= today ? range(began - 1) : range(began)
}

/** "may" and "mar" are months only beside what makes them one. */
const isMonth = (tokens: ReadonlyArray<Token>, i: number): boolean => {
  const token = tokens[i] ?? ""
  if (token !== "may" && token !== "mar" && token !== "march" && token !== "sun") return true
  const before = tokens[i - 1] ?? ""
  const next = tokens[i + 1]
  return (
    /^(?:in|on|early|late|mid|since|by|until|during|last|this|before|after|from|to|and|between)$/.test(before) ||
    dayNumber(before) !== undefined ||
    dayNumber(next) !== undefined ||
    yearOf(next) !== undefined
  )
}

interface Found {
  readonly hint: TimeHint
  /** The token behind it. */
  readonly next: number
}

const civil = (tokens: ReadonlyArray<Token>, i: number): Found | undefined => {
  const token = tokens[i] ?? ""
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(token)
  if (iso !== null) {
    const date: Civil = { year: Number(iso[1]), month: Number(iso[2]), day: Number(iso[3]) }
    return date.month <= 12 && date.day <= 31 ? { hint: whole(dayOfCivil(date)), next: i + 1 } : undefined
  }
  const month = months.get(token)
  if (month !== undefined && isMonth(tokens, i)) {
    const day = dayNumber(tokens[i + 1]) ?? dayNumber(tokens[i - 1])
    const next = dayNumber(tokens[i + 1]) === undefined ? i + 1 : i + 2
    const year = yearOf(tokens[next])
    if (year === undefined) return { hint: { _tag: "month", month, day }, next }
    return {
      hint: day === undefined ? range(monthRange(year, month)) : whole(dayOfCivil({ year, month, day })),
      next: next + 1
    }
  }
  const season = seasons.get(token)
  const ofYear = yearOf(tokens[i + 1])
  if (season !== undefined && ofYear !== undefined) {
    const from = dayOfCivil({ year: ofYear, month: season, day: 1 })
    return { hint: range({ from, to: dayOfCivil({ year: ofYear, month: season + 3, day: 1 }) - 1 }), next: i + 2 }
  }
  const year = yearOf(token)
  return year === undefined ? undefined : { hint: range(yearRange(year)), next: i + 1 }
}

const unitDays = (unit: Token): number | undefined => {
  switch (unit.replace(/s$/, "")) {
    case "day":
    case "night":
      return 1
    case "week":
    case "weekend":
      return 7
    case "month":
      return 30
    case "year":
      return 365
    default:
      return undefined
  }
}

/** The unit that `today` is in, moved by so many. */
const unitAround = (unit: Token, today: number, by: number): DayRange | undefined => {
  const { month, year } = civilOf(today)
  switch (unit) {
    case "week": {
      const monday = today - ((weekdayOf(today) + 6) % 7) + by * 7
      return { from: monday, to: monday + 6 }
    }
    case "weekend": {
      // "this" one is on, or the next; "last" is the one before that
      const since = (weekdayOf(today) + 1) % 7
      const saturday = today - since + (by + (since < 2 ? 0 : 1)) * 7
      return { from: saturday, to: saturday + 1 }
    }
    case "month":
      return monthRange(year, month + by)
    case "year":
      return yearRange(year + by)
    case "night":
      return { from: today + by, to: today + by }
    default:
      return undefined
  }
}

const relative = (tokens: ReadonlyArray<Token>, i: number, today: number): Found | undefined => {
  const token = tokens[i] ?? ""
  const next = tokens[i + 1] ?? ""
  if (token === "today" || token === "tonight") return { hint: whole(today), next: i + 1 }
  if (token === "yesterday") return { hint: whole(today - 1), next: i + 1 }
  if (token === "day" && next === "before" && tokens[i + 2] === "yesterday")
    return { hint: whole(today - 2), next: i + 3 }
  if (token === "tomorrow") return { hint: whole(today + 1), next: i + 1 }
  if (token === "last" || token === "past" || token === "previous" || token === "this") {
    const by = token === "this" ? 0 : -1
    const count = numbers.get(next) ?? dayNumber(next)
    const unit = unitDays(tokens[i + 2] ?? "")
    if (count !== undefined && unit !== undefined && token !== "this") {
      return { hint: range({ from: today - count * unit, to: today }), next: i + 3 }
    }
    // "the past week" ends today, "last week" on its Sunday
    const past = token === "past" ? unitDays(next) : undefined
    if (past !== undefined) return { hint: range({ from: today - past, to: today }), next: i + 2 }
    const around = unitAround(next, today, by)
    if (around !== undefined) return { hint: range(around), next: i + 2 }
    const weekday = weekdays.get(next)
    if (weekday !== undefined) {
      const back = (weekdayOf(today) - weekday + 7) % 7
      return { hint: whole(today - (back === 0 && by < 0 ? 7 : back)), next: i + 2 }
    }
    const season = seasons.get(next)
    if (season !== undefined) return { hint: range(seasonRange(season, today, by < 0)), next: i + 2 }
    const month = months.get(next)
    if (month !== undefined) {
      const now = civilOf(today)
      return { hint: range(monthRange(month < now.month || by === 0 ? now.year : now.year - 1, month)), next: i + 2 }
    }
    return undefined
  }
  const before = tokens[i - 1] ?? ""
  const weekday = weekdays.get(token)
  if (weekday !== undefined && /^(?:on|since|by|until|before|after)$/.test(before)) {
    return { hint: whole(today - ((weekdayOf(today) - weekday + 7) % 7)), next: i + 1 }
  }
  const season = seasons.get(token)
  if (season !== undefined && /^(?:in|during|since|before|after|until)$/.test(before) && yearOf(next) === undefined) {
    return { hint: range(seasonRange(season, today, false)), next: i + 1 }
  }
  const count = numbers.get(token) ?? dayNumber(token)
  const unit = unitDays(next)
  if (count !== undefined && unit !== undefined && tokens[i + 2] === "ago") {
    const day = today - count * unit
    const slack = Math.floor(unit / 2)
    return { hint: range({ from: day - slack, to: day + slack }), next: i + 3 }
  }
  return undefined
}

const daysOf = (hint: TimeHint, today: number): DayRange => {
  if (hint._tag === "days") return hint.range
  // a month without a year is the latest that has begun
  const now = civilOf(today)
  const year = hint.month <= now.month ? now.year : now.year - 1
  if (hint.day === undefined) return monthRange(year, hint.month)
  const day = dayOfCivil({ year, month: hint.month, day: hint.day })
  return { from: day, to: day }
}

/** The first time that the text names, as it is meant on the day `today`. */
export const timeHint = (text: string, today: number): TimeHint | undefined => {
  const tokens = tokensOf(text)
  const at = (i: number): Found | undefined => relative(tokens, i, today) ?? civil(tokens, i)
  for (let i = 0; i < tokens.length; i++) {
    const first = at(i)
    if (first === undefined) continue
    const before = tokens[i - 1] ?? ""
    const joint = tokens[first.next] ?? ""
    const second =
      (before === "between" || before === "from") && /^(?:and|to|until|till)$/.test(joint)
        ? at(first.next + 1)
        : undefined
    const { from, to } = daysOf(first.hint, today)
    if (second !== undefined) return range({ from, to: Math.max(to, daysOf(second.hint, today).to) })
    if (before === "since") return range({ from, to: Infinity })
    if (before === "before" || before === "until")
      return range({ from: -Infinity, to: before === "before" ? from - 1 : to })
    if (before === "after") return range({ from: to + 1, to: Infinity })
    return first.hint
  }
  return undefined
}

/** How well a day fits, 0 to 1.5: a single day that is met is worth more than a long range, days close to it a part. */
export const fit = (hint: TimeHint, day: number): number => {
  if (hint._tag === "days") {
    const { from, to } = hint.range
    if (day >= from && day <= to) return to - from < 3 ? 1.5 : 1
    if (to - from > 400) return 0
    const away = day < from ? from - day : day - to
    // what happened is told afterwards
    const near = day > to ? 1 : 0.7
    return away <= 3 ? 0.8 * near : away <= 7 ? 0.5 * near : away <= 21 ? 0.2 * near : 0
  }
  const date = civilOf(day)
  if (date.month !== hint.month) return 0
  if (hint.day === undefined) return 1
  const away = Math.abs(date.day - hint.day)
  return away === 0 ? 1.5 : away <= 3 ? 1.2 : away <= 7 ? 0.9 : 0.4
}
