/** Days of the calendar, in UTC. Pure arithmetic, so that the same moment is the same day everywhere. */

export const dayLength = 86_400_000

/** Days since 1970-01-01 of a Unix time in milliseconds. */
export const dayOf = (at: number): number => Math.floor(at / dayLength)

export interface Civil {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  /** 1 to 31. */
  readonly day: number
}

/**
 * The date of a day number. Years are counted from March, so that the leap day is the last of its year
 * (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
 */
export const civilOf = (dayNumber: number): Civil => {
  const shifted = dayNumber + 719_468
  const era = Math.floor(shifted / 146_097)
  const ofEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365
  )
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const fromMarch = Math.floor((5 * ofYear + 2) / 153)
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1
  }
}

/** The day number of a date; months and days beyond their range run over. */
export const dayOfCivil = ({ day, month, year }: Civil): number => {
  const months = year * 12 + month - 1
  const ofYear = ((months % 12) + 12) % 12
  const y = Math.floor(months / 12) - (ofYear < 2 ? 1 : 0)
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const fromMarch = (ofYear + 10) % 12
  const days = Math.floor((153 * fromMarch + 2) / 5) + day - 1
  const ofEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + days
  return era * 146_097 + ofEra - 719_468
}

/** 1 January of the year 1, and 31 December 9999. */
export const firstDay = -719_162
export const lastDay = 2_932_896

/** 0 is Sunday. */
export const weekdayOf = (dayNumber: number): number => (((dayNumber + 4) % 7) + 7) % 7

export const monthNames = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December"
] as const

export const weekdayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const

/** As in "Monday, 8 May 2023". */
export const showDay = (dayNumber: number): string => {
  const { day, month, year } = civilOf(dayNumber)
  return `${weekdayNames[weekdayOf(dayNumber)]}, ${day} ${monthNames[month - 1]} ${year}`
}
