/** How long and how much one request may be. */

export interface EgressLimits {
  /** Largest body of the answer, decoded, in bytes. */
  readonly responseBytes: number
  /** From the first lookup to the last byte, over all hops, in milliseconds. */
  readonly timeoutMs: number
  /** Longest silence while an answer is awaited or read, in milliseconds. */
  readonly idleMs: number
  /** Hops after the first; 0 gives the redirect itself back. */
  readonly redirects: number
}

export const defaults: EgressLimits = { responseBytes: 1_048_576, timeoutMs: 30_000, idleMs: 10_000, redirects: 5 }

/** What no caller gets beyond. */
export const ceilings: EgressLimits = { responseBytes: 16_777_216, timeoutMs: 120_000, idleMs: 60_000, redirects: 10 }

/** Largest body of a request, in bytes. */
export const requestBytes = 4_194_304

const within = (given: number | undefined, fallback: number, ceiling: number): number =>
  given === undefined || !Number.isFinite(given) ? fallback : Math.min(ceiling, Math.max(0, Math.floor(given)))

/** The caller's wishes within the ceilings, the defaults for the rest. */
export const effective = (given: Partial<EgressLimits> = {}): EgressLimits => ({
  responseBytes: within(given.responseBytes, defaults.responseBytes, ceilings.responseBytes),
  timeoutMs: within(given.timeoutMs, defaults.timeoutMs, ceilings.timeoutMs),
  idleMs: within(given.idleMs, defaults.idleMs, ceilings.idleMs),
  redirects: within(given.redirects, defaults.redirects, ceilings.redirects)
})
