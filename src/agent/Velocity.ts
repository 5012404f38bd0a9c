/** How fast a run spends. Pure. */
import { totalTokens } from "../budget/Usage.ts"
import type { Charge } from "../budget/Charge.ts"

const minute = 60_000

/** Fewer calls than this are no run that runs away, however large they are. */
const fewest = 4

/** Without a configured limit: an eighth of what the installation may use in a day, and never less than this. */
const leastDerived = 100_000

export const derivedPerMinute = (daily: number | "unlimited"): number | undefined =>
  daily === "unlimited" ? undefined : Math.max(leastDerived, Math.floor(daily / 8))

/**
 * The tokens that a run was charged for in the minute before `now` (Unix milliseconds), where they are more than it may
 * use in one; undefined where they are not.
 */
export const tooFast = (
  charges: ReadonlyArray<Pick<Charge, "settledAt" | "usage">>,
  now: number,
  perMinute: number | undefined
): number | undefined => {
  if (perMinute === undefined) return undefined
  const recent = charges.filter(({ settledAt }) => settledAt > now - minute)
  const tokens = recent.reduce((sum, { usage }) => sum + totalTokens(usage), 0)
  return recent.length >= fewest && tokens > perMinute ? tokens : undefined
}
