/** The day of a moment in a time zone. */
import * as Layer from "effect/Layer"
import { dayLength, dayOf } from "../../src/memory/Calendar.ts"
import { type DayOf, Days } from "../../src/memory/Days.ts"

/** The first and the last moment that a formatter takes. */
const latest = 8.64e15

/** Days of UTC whose offset is remembered; then all are forgotten at once. */
const remembered = 4_096

/** How far a zone's clock is ahead of UTC, in milliseconds. */
const offsetIn = (zone: string): ((at: number) => number) => {
  let format: Intl.DateTimeFormat | undefined
  return (at) => {
    format ??= new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric"
    })
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
    const shown = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"))
    const ahead = shown - Math.floor(at / 1_000) * 1_000
    // never more than a day, whatever a formatter says of years before Christ
    return Math.abs(ahead) > 1.5 * dayLength ? 0 : ahead
  }
}

/**
 * Days since 1970-01-01 of a Unix time in milliseconds, as people in `zone` (an IANA name) count them. The formatter is
 * asked about most days once: a question about time asks about thousands of moments.
 */
export const dayIn = (zone: string): DayOf => {
  // the time zone data is a part of the process that most do not need
  if (zone === "UTC") return dayOf
  const offset = offsetIn(zone)
  /** By day of UTC; undefined where the clock is changed in it. */
  const offsets = new Map<number, number | undefined>()
  return (at) => {
    const day = dayOf(at)
    if (!(Math.abs(at) < latest - 2 * dayLength)) return day
    let ahead = offsets.get(day)
    if (ahead === undefined && !offsets.has(day)) {
      if (offsets.size >= remembered) offsets.clear()
      const begin = offset(day * dayLength)
      ahead = begin === offset((day + 1) * dayLength) ? begin : undefined
      offsets.set(day, ahead)
    }
    return dayOf(at + (ahead ?? offset(at)))
  }
}

export const layer = (zone: string): Layer.Layer<never> => Layer.succeed(Days, { zone, dayOf: dayIn(zone) })
