/** Calendar arithmetic in whole days, without a clock: day 0 is 1970-01-01. Proleptic Gregorian. */

export interface Civil {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
}

/** Days since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
export const dayOf = ({ day, month, year }: Civil): number => {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const ofEra = y - era * 400
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468
}

export const civilOf = (days: number): Civil => {
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const ofEra = z - era * 146_097
  const y = Math.floor(
    (ofEra - Math.floor(ofEra / 1_460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365
  )
  const ofYear = ofEra - (365 * y + Math.floor(y / 4) - Math.floor(y / 100))
  const shifted = Math.floor((5 * ofYear + 2) / 153)
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  const day = ofYear - Math.floor((153 * shifted + 2) / 5) + 1
  return { year: y + era * 400 + (month <= 2 ? 1 : 0), month, day }
}

/** 0 is Monday. */
export const weekdayOf = (days: number): number => (((days + 3) % 7) + 7) % 7

/** The first day of the month so many months away. */
export const monthAway = (days: number, months: number): number => {
  const { month, year } = civilOf(days)
  const index = year * 12 + month - 1 + months
  return dayOf({ year: Math.floor(index / 12), month: (((index % 12) + 12) % 12) + 1, day: 1 })
}

/** The same day so many months away, or the last one of that month. */
export const sameDayAway = (days: number, months: number): number => {
  const first = monthAway(days, months)
  const last = monthAway(first, 1) - 1
  return Math.min(last, first + civilOf(days).day - 1)
}

export const daysIn = (year: number, month: number): number =>
  month === 12 ? 31 : dayOf({ year, month: month + 1, day: 1 }) - dayOf({ year, month, day: 1 })

export const isDate = ({ day, month, year }: Civil): boolean =>
  year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)

const two = (n: number): string => String(n).padStart(2, "0")

/** `2026-03-07`. */
export const iso = (days: number): string => {
  const { day, month, year } = civilOf(days)
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`
}
