/**
 * Keeps a plugin from wearing out the machine: it rests when its calls cost too many processes, in a row or over time,
 * and when it has used more processor time than its share. A pure state; time is given from outside.
 */
import type { CallFailed } from "./PluginError.ts"

export interface Breaker {
  /** Calls in a row that cost a process. */
  readonly failures: number
  /** Processes it cost, one forgiven every `FORGIVEN_MS`. */
  readonly killed: number
  /** Milliseconds it has worked, less the share of the time that has passed. */
  readonly worked: number
  /** Unix milliseconds, of the two above. */
  readonly at: number
  /** Unix milliseconds before which no call runs. */
  readonly restsUntil: number
  readonly because: "killed" | "worked"
}

export const working: Breaker = { failures: 0, killed: 0, worked: 0, at: 0, restsUntil: 0, because: "killed" }

export interface Bounds {
  /** Failures in a row after which it rests. */
  readonly failures: number
  /** Processes that it may cost within a short time. */
  readonly killed: number
  /** Of one core, for as long as anybody asks. */
  readonly share: number
  /** Beyond that share, in milliseconds. */
  readonly burstMs: number
}

export const FORGIVEN_MS = 10_000
export const REST_MS = 30_000

/** What a call cost. */
export interface Cost {
  /** Processes; a fraction where it is counted in part. */
  readonly killed: number
  /** Milliseconds. */
  readonly workedMs: number
  /** What it says of the calls in a row; nothing where nobody knows how it would have ended. */
  readonly row: "failed" | "well" | "nothing"
}

const COSTLY: ReadonlyArray<CallFailed["kind"]> = ["deadline", "memory", "crashed"]

/** What a call cost that worked so many milliseconds; `kind` is absent where it succeeded. */
export const costOf = (kind: CallFailed["kind"] | undefined, workedMs: number): Cost => {
  const costly = kind !== undefined && COSTLY.includes(kind)
  return { killed: costly ? 1 : 0, workedMs, row: costly ? "failed" : kind === "unavailable" ? "nothing" : "well" }
}

/** How long the plugin still rests at `now`, in milliseconds; 0 where a call may run. */
export const rest = (breaker: Breaker, now: number): number => Math.max(0, breaker.restsUntil - now)

/** What is left of it at `now`. */
export const forgiven = (breaker: Breaker, now: number, bounds: Bounds): Breaker => {
  const passed = Math.max(0, now - breaker.at)
  return {
    ...breaker,
    killed: Math.max(0, breaker.killed - passed / FORGIVEN_MS),
    worked: Math.max(0, breaker.worked - passed * bounds.share),
    at: Math.max(now, breaker.at)
  }
}

/** True where nothing is held against it any more. */
export const isRested = (breaker: Breaker, now: number, bounds: Bounds): boolean => {
  const { killed, worked } = forgiven(breaker, now, bounds)
  return killed === 0 && worked === 0 && rest(breaker, now) === 0
}

/** After a call. A rest that began goes on. */
export const after = (breaker: Breaker, cost: Cost, now: number, bounds: Bounds): Breaker => {
  const before = forgiven(breaker, now, bounds)
  const failures = cost.row === "failed" ? before.failures + 1 : cost.row === "well" ? 0 : before.failures
  const state = { ...before, failures, killed: before.killed + cost.killed, worked: before.worked + cost.workedMs }
  if (cost.killed > 0 && (failures >= bounds.failures || state.killed > bounds.killed)) {
    return { ...state, restsUntil: Math.max(state.restsUntil, now + REST_MS), because: "killed" }
  }
  if (state.worked > bounds.burstMs) {
    // until half of the burst is free again
    const restMs = Math.ceil((state.worked - bounds.burstMs / 2) / bounds.share)
    return { ...state, restsUntil: Math.max(state.restsUntil, now + restMs), because: "worked" }
  }
  return state
}
