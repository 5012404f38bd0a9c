/** Times as people write them on a command line. */
import * as Effect from "effect/Effect"
import { exitCode } from "./ExitCode.ts"
import { type CliFailure, failure } from "./Failure.ts"

const hour = 3_600_000
const iso = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?$/

/** Whether a span without a date lies before now or after it. */
export type Side = "ago" | "from now"

const read = (text: string, now: number, side: Side): number => {
  const [, amount, unit] = /^(\d{1,6})([dh])$/.exec(text) ?? []
  const span = Number(amount) * (unit === "d" ? 24 : 1) * hour
  if (amount !== undefined) return side === "ago" ? now - span : now + span
  return iso.test(text) ? Date.parse(text.replace(" ", "T")) : Number.NaN
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
