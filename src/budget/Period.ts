/** Days and budget months in a time zone. Pure: the instant comes in as a number. */
import * as DateTime from "effect/DateTime"

/** A stretch of time, `start` included and `end` excluded, in Unix milliseconds. */
export interface Period {
  /** ISO date on which it begins in its time zone. */
  readonly key: string
  /** The same, with its zone where that is not UTC: a date of one zone is another stretch of time than that of another. */
  readonly name: string
  readonly start: number
  readonly end: number
  /** Its end as ISO 8601. */
  readonly resetsAt: string
}

export interface Periods {
  readonly day: Period
  readonly month: Period
}

interface LocalDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

const two = (n: number): string => String(n).padStart(2, "0")
const show = (d: LocalDate): string => `${String(d.year).padStart(4, "0")}-${two(d.month)}-${two(d.day)}`

/** The day after; calendar arithmetic in UTC, where every day exists. */
const next = (d: LocalDate): LocalDate => DateTime.toPartsUtc(DateTime.add(DateTime.makeUnsafe(d), { days: 1 }))

const nextMonth = (d: LocalDate): LocalDate =>
  d.month === 12 ? { year: d.year + 1, month: 1, day: d.day } : { ...d, month: d.month + 1 }

const lastMonth = (d: LocalDate): LocalDate =>
  d.month === 1 ? { year: d.year - 1, month: 12, day: d.day } : { ...d, month: d.month - 1 }

/** First instant of a date. Where midnight does not exist, the day begins behind the gap; where it comes twice, at the first. */
const startOf = (d: LocalDate, zone: DateTime.TimeZone): number =>
  DateTime.toEpochMillis(
    DateTime.makeZonedUnsafe({ year: d.year, month: d.month, day: d.day }, { timeZone: zone, adjustForTimeZone: true })
  )

/** UTC is known by its name, and by its offset alone. */
const isUtc = (zone: DateTime.TimeZone): boolean =>
  DateTime.isTimeZoneOffset(zone) ? zone.offset === 0 : zone.id === "UTC"

const period = (from: LocalDate, to: LocalDate, zone: DateTime.TimeZone): Period => {
  const end = startOf(to, zone)
  const key = show(from)
  return {
    key,
    name: isUtc(zone) ? key : `${key} ${DateTime.zoneToString(zone)}`,
    start: startOf(from, zone),
    end,
    resetsAt: DateTime.formatIso(DateTime.makeUnsafe(end))
  }
}

/** The day and the budget month that hold the instant `at` (Unix milliseconds). `monthStart` is 1 to 28. */
export const periodsAt = (zone: DateTime.TimeZone, monthStart: number, at: number): Periods => {
  const today: LocalDate = DateTime.toParts(DateTime.makeZonedUnsafe(at, { timeZone: zone }))
  const first = { year: today.year, month: today.month, day: monthStart }
  const from = today.day >= monthStart ? first : lastMonth(first)
  return { day: period(today, next(today), zone), month: period(from, nextMonth(from), zone) }
}

/** UTC by its offset: by its name, the engine would load tables of all zones and languages for it, 5 MB. */
const zoneOf = (timeZone: string): DateTime.TimeZone =>
  timeZone === "UTC" ? DateTime.zoneMakeOffset(0) : DateTime.zoneMakeNamedUnsafe(timeZone)

/** A calendar that remembers its last answer: a hold asks for the same day thousands of times. */
export const calendar = (timeZone: string, monthStart: number): ((at: number) => Periods) => {
  const zone = zoneOf(timeZone)
  let last: Periods | undefined
  return (at) => {
    if (last === undefined || at < last.day.start || at >= last.day.end) last = periodsAt(zone, monthStart, at)
    return last
  }
}
