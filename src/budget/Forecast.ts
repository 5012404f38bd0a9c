/** Where an account will stand at the end of its period. Pure. */

/** How an account came to where it is; times in Unix milliseconds, amounts in its unit. */
export interface Course {
  readonly start: number
  readonly end: number
  readonly now: number
  readonly spent: number
  readonly limit: number | null
  /** What was spent in the `recentSpan` before now, which may have begun before the period. */
  readonly recent: number
}

export interface Forecast {
  /** What will be spent by the end, if the limit allowed it. */
  readonly expected: number
  /** When the limit will be reached; null where that is not before the end. */
  readonly exhaustsAt: number | null
}

/** How far back the recent rate looks: an eighth of the period, three hours of a day. */
export const recentSpan = (start: number, end: number): number => Math.max(1, Math.floor((end - start) / 8))

/**
 * The rest of the period goes on at the mean of two rates: that of the period so far, and the recent one. A period that
 * has just begun has no rate yet: it counts as at least as old as the recent span.
 */
export const forecast = ({ end, limit, now, recent, spent, start }: Course): Forecast => {
  const span = recentSpan(start, end)
  const soFar = spent / Math.max(span, Math.min(now, end) - start)
  const rate = (soFar + recent / span) / 2
  const expected = Math.round(spent + rate * Math.max(0, end - now))
  if (limit === null) return { expected, exhaustsAt: null }
  if (spent >= limit) return { expected, exhaustsAt: now }
  const at = now + (limit - spent) / rate
  return { expected, exhaustsAt: at < end ? Math.ceil(at) : null }
}
