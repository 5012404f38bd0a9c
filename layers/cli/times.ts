/** Times as people write them on a command line. */
import * as Effect from "effect/Effect"
import { exitCode } from "./ExitCode.ts"
import { type CliFailure, failure } from "./Failure.ts"

const hour = 3_600_000
const iso = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?$/

const read = (text: string, now: number): number => {
  const [, amount, unit] = /^(\d{1,6})([dh])$/.exec(text) ?? []
  if (amount !== undefined) return now + Number(amount) * (unit === "d" ? 24 : 1) * hour
  return iso.test(text) ? Date.parse(text.replace(" ", "T")) : Number.NaN
}

/** Unix milliseconds of a date (UTC where it names no zone and no hour), or of a span such as `30d` from `now` on. */
export const readTime = (
  flag: string,
  text: string | undefined,
  now: number
): Effect.Effect<number | undefined, CliFailure> => {
  if (text === undefined) return Effect.succeed(undefined)
  const at = read(text, now)
  return Number.isFinite(at)
    ? Effect.succeed(at)
    : Effect.fail(failure(`${flag} must be a date such as 2026-01-31, or a time from now such as 30d.`, exitCode.usage))
}
