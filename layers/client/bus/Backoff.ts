/** How long to wait before the next attempt. Pure. */

export interface BackoffOptions {
  /** Milliseconds before the second attempt, at most. */
  readonly minMs: number
  /** Milliseconds before any, at most. */
  readonly maxMs: number
}

/**
 * Milliseconds before the attempt after `failures` in a row: anything up to a bound that doubles, so that clients which
 * were cut together do not come back together; never less than the server asked for.
 */
export const delay = (failures: number, asked: number, random: number, { maxMs, minMs }: BackoffOptions): number =>
  Math.round(asked + random * Math.min(maxMs, minMs * 2 ** Math.min(failures, 30)))
