/** Keeps a plugin that burns its deadline again and again from burning a core: a pure state, time given from outside. */
import type { CallFailed } from "./PluginError.ts"

export interface Breaker {
  /** Calls in a row that cost a process. */
  readonly failures: number
  /** Unix milliseconds before which no call runs. */
  readonly restsUntil: number
}

export const working: Breaker = { failures: 0, restsUntil: 0 }

/** Failures in a row after which the plugin rests. */
export const LIMIT = 5
export const REST_MS = 30_000

const COSTLY: ReadonlyArray<CallFailed["kind"]> = ["deadline", "memory", "crashed"]

/** How long the plugin still rests at `now`, in milliseconds; 0 where a call may run. */
export const rest = (breaker: Breaker, now: number): number => Math.max(0, breaker.restsUntil - now)

/** After a call; `kind` is absent where it succeeded. The first failure after a rest begins the next one. */
export const after = (breaker: Breaker, kind: CallFailed["kind"] | undefined, now: number): Breaker => {
  if (kind === undefined || !COSTLY.includes(kind)) return kind === "unavailable" ? breaker : working
  const failures = breaker.failures + 1
  return { failures, restsUntil: failures >= LIMIT ? now + REST_MS : 0 }
}
