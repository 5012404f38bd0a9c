/** The words of time expressions, and how a fact shows the days they mean. */
import { civilOf } from "../Calendar.ts"
import { dayAndMonth, iso, monthAndYear } from "./Civil.ts"

/** Days, both inclusive. */
export interface When {
  readonly from: number
  readonly to: number
  readonly grain: "day" | "week" | "month" | "season" | "year"
  /** Said without a year: it may come again each year. */
  readonly yearless: boolean
}

/** To which side of today "on Friday" or "in May" lies. */
export type Lean = "past" | "future"

const index = (names: string): ReadonlyMap<string, number> =>
  new Map(names.split(" ").flatMap((group, i) => group.split("|").map((name): readonly [string, number] => [name, i])))

export const weekdays = index(
  "monday|mondays|mon tuesday|tuesdays|tue|tues wednesday|wednesdays|wed thursday|thursdays|thu|thurs friday|fridays|fri saturday|saturdays|sat sunday|sundays|sun"
)
export const months = index(
  "january|jan february|feb march|mar april|apr may june|jun july|jul august|aug september|sep|sept october|oct november|nov december|dec"
)
export const seasons: ReadonlyMap<string, number> = new Map([
  ["spring", 3],
  ["summer", 6],
  ["autumn", 9],
  ["fall", 9],
  ["winter", 12]
])
export const counts = index("zero a|an|one two|couple three|few four five six seven eight nine ten eleven twelve")
export const units: ReadonlyMap<string, "day" | "week" | "month" | "year"> = new Map([
  ["day", "day"],
  ["days", "day"],
  ["week", "week"],
  ["weeks", "week"],
  ["fortnight", "week"],
  ["month", "month"],
  ["months", "month"],
  ["year", "year"],
  ["years", "year"]
])

const seasonNames: ReadonlyMap<number, string> = new Map([
  [3, "spring"],
  [6, "summer"],
  [9, "autumn"],
  [12, "winter"]
])

/** As a fact shows it: `2026-03-07`, `the week of 2026-03-02`, `March 2026`, `summer 2026`, `2026`. */
export const showWhen = ({ from, grain, to }: When): string => {
  const { month, year } = civilOf(from)
  switch (grain) {
    case "day":
      return iso(from)
    case "week":
      return to - from === 1 ? `the weekend of ${iso(from)}` : `the week of ${iso(from)}`
    case "month":
      return monthAndYear(from)
    case "season":
      return `${seasonNames.get(month)} ${year}`
    case "year":
      return String(year)
  }
}

/** A day that comes each year, such as a birthday: `3 May`. */
export const showYearly = ({ from }: When): string => dayAndMonth(from)
