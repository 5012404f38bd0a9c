/** The day of a moment in a time zone. */
import { dayLength, dayOf, dayOfCivil } from "../../src/memory/Calendar.ts"

/** Days since 1970-01-01 of a Unix time in milliseconds, as people in `zone` (an IANA name) count them. */
export const dayIn = (zone: string): ((at: number) => number) => {
  // the time zone data is a part of the process that most do not need
  if (zone === "UTC") return dayOf
  let format: Intl.DateTimeFormat | undefined
  return (at) => {
    format ??= new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "numeric", day: "numeric" })
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const day = dayOfCivil({
      year: parts.get("year") ?? 1970,
      month: parts.get("month") ?? 1,
      day: parts.get("day") ?? 1
    })
    // never more than a day from the same moment in UTC, whatever a formatter says of years before Christ
    return Math.abs(day * dayLength - at) > 3 * dayLength ? dayOf(at) : day
  }
}
