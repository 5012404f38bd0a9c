/** Times as people write them on a command line. */
import * as Effect from "effect/Effect"
import { exitCode } from "./ExitCode.ts"
import { type CliFailure, failure } from "./Failure.ts"

const hour = 3_600_000
const iso = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?$/

/** A number of days, hours or minutes in milliseconds; undefined for any other text. */
const span = (text: string): number | undefined => {
  const [, amount, unit] = /^(\d{1,6})([dhm])$/.exec(text) ?? []
  if (amount === undefined) return undefined
  return Number(amount) * (unit === "d" ? 24 * hour : unit === "h" ? hour : hour / 60)
}

/** Whether a span without a date lies before now or after it. */
export type Side = "ago" | "from now"

/** February 31 would be read as March 3. */
const isDate = (text: string): boolean => {
  const date = text.slice(0, 10)
  const at = Date.parse(date)
  return iso.test(text) && Number.isFinite(at) && new Date(at).toISOString().startsWith(date)
}

const read = (text: string, now: number, side: Side): number => {
  const distance = span(text)
  if (distance !== undefined) return side === "ago" ? now - distance : now + distance
  return isDate(text) ? Date.parse(text.replace(" ", "T")) : Number.NaN
}

/** Unix milliseconds of a date (UTC where it names no zone and no hour), or of a span such as `30d` to that side of `now`. */
export const readTime = (
  flag: string,
  text: string | undefined,
  now: number,
  side: Side
): Effect.Effect<number | undefined, CliFailure> => {
  if (text === undefined) return Effect.succeed(undefined)
  const at = read(text, now, side)
  return Number.isFinite(at)
    ? Effect.succeed(at)
    : Effect.fail(
        failure(`${flag} must be a date such as 2026-01-31, or a span such as 30d (${side}).`, exitCode.usage)
      )
}

/** Milliseconds of a span such as `1h`. */
export const readSpan = (flag: string, text: string): Effect.Effect<number, CliFailure> => {
  const read = span(text)
  return read === undefined
    ? Effect.fail(failure(`${flag} must be a span such as 30m, 1h or 7d.`, exitCode.usage))
    : Effect.succeed(read)
}
