/** Days and months as people count them, on top of the calendar. A day is a number of days since 1970-01-01. */
import { type Civil, civilOf, dayOfCivil, monthNames, weekdayOf as fromSunday } from "../Calendar.ts"

/** 0 is Monday, with which a week begins here. */
export const weekdayOf = (days: number): number => (fromSunday(days) + 6) % 7

/** The first day of the month so many months away. */
export const monthAway = (days: number, months: number): number => {
  const { month, year } = civilOf(days)
  return dayOfCivil({ year, month: month + months, day: 1 })
}

/** The same day so many months away, or the last one of that month. */
export const sameDayAway = (days: number, months: number): number => {
  const first = monthAway(days, months)
  const last = monthAway(first, 1) - 1
  return Math.min(last, first + civilOf(days).day - 1)
}

/** Whether there is such a day. */
export const isDate = ({ day, month, year }: Civil): boolean => {
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1) return false
  return day <= dayOfCivil({ year, month: month + 1, day: 1 }) - dayOfCivil({ year, month, day: 1 })
}

const two = (n: number): string => String(n).padStart(2, "0")

/** `2026-03-07`. */
export const iso = (days: number): string => {
  const { day, month, year } = civilOf(days)
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`
}

/** `3 May`. */
export const dayAndMonth = (days: number): string => {
  const { day, month } = civilOf(days)
  return `${day} ${monthNames[month - 1]}`
}

/** `May 2026`. */
export const monthAndYear = (days: number): string => {
  const { month, year } = civilOf(days)
  return `${monthNames[month - 1]} ${year}`
}
