/** Spans of time as the file has them: `@every 15m`, `@every 2h`, `@every 1d`. */

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** One minute to one year: a job that ran more often would be a loop, and has no place in a schedule. */
const longest = 366 * 86_400_000

/** Milliseconds; undefined where it is no such span. */
export const parseInterval = (text: string): number | undefined => {
  const [, amount, unit] = /^([1-9]\d{0,5})([mhd])$/.exec(text) ?? []
  if (amount === undefined || unit === undefined) return undefined
  const span = Number(amount) * (units[unit] ?? Number.NaN)
  return span <= longest ? span : undefined
}

/** What stands behind `@every`; undefined for any other text. */
export const spanOf = (text: string): string | undefined => /^@every\s+(.*)$/.exec(text.trim())?.[1]
