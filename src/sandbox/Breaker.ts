/**
 * Keeps one plugin from wearing out the machine: it rests when its calls cost too many processes, in a row or over time,
 * and when it has used more processor time than its share. A pure state; time is given from outside.
 */
import type { CallFailed } from "./PluginError.ts"

export interface Breaker {
  /** Calls in a row that cost a process. */
  readonly failures: number
  /** Processes it cost, one forgiven every `FORGIVEN_MS`. */
  readonly killed: number
  /** Milliseconds it has worked, less `SHARE` of the time that has passed. */
  readonly worked: number
  /** Unix milliseconds, of the two above. */
  readonly at: number
  /** Unix milliseconds before which no call runs. */
  readonly restsUntil: number
  readonly because: "killed" | "worked"
}

export const working: Breaker = { failures: 0, killed: 0, worked: 0, at: 0, restsUntil: 0, because: "killed" }

/** Failures in a row after which the plugin rests. */
export const LIMIT = 5
/** The same for processes it cost at all. */
export const KILLED_LIMIT = 10
export const FORGIVEN_MS = 10_000
export const REST_MS = 30_000
/** Of one core, for as long as anybody asks. */
export const SHARE = 0.5
/** Beyond that share, in milliseconds. */
export const BURST_MS = 60_000

const COSTLY: ReadonlyArray<CallFailed["kind"]> = ["deadline", "memory", "crashed"]

/** How long the plugin still rests at `now`, in milliseconds; 0 where a call may run. */
export const rest = (breaker: Breaker, now: number): number => Math.max(0, breaker.restsUntil - now)

/** After a call that worked so many milliseconds; `kind` is absent where it succeeded. A rest that began goes on. */
export const after = (
  breaker: Breaker,
  kind: CallFailed["kind"] | undefined,
  now: number,
  workedMs: number
): Breaker => {
  const passed = Math.max(0, now - breaker.at)
  const costly = kind !== undefined && COSTLY.includes(kind)
  const failures = costly ? breaker.failures + 1 : kind === "unavailable" ? breaker.failures : 0
  const killed = Math.max(0, breaker.killed - passed / FORGIVEN_MS) + (costly ? 1 : 0)
  const worked = Math.max(0, breaker.worked - passed * SHARE) + workedMs
  const state = { failures, killed, worked, at: now }
  if (costly && (failures >= LIMIT || killed > KILLED_LIMIT)) {
    return { ...state, restsUntil: Math.max(breaker.restsUntil, now + REST_MS), because: "killed" }
  }
  if (worked > BURST_MS) {
    // until half of the burst is free again
    const restMs = Math.ceil((worked - BURST_MS / 2) / SHARE)
    return { ...state, restsUntil: Math.max(breaker.restsUntil, now + restMs), because: "worked" }
  }
  return { ...state, restsUntil: breaker.restsUntil, because: breaker.because }
}
