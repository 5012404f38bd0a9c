/**
 * Who breaks the rules again and again is not heard for a while, longer each time: malformed frames, requests that flood,
 * joins beyond the limit. Bounded.
 */
import type { Clock } from "effect/Clock"
import type { Offender } from "./Offender.ts"
import * as Backoff from "../../../src/gateway/AuthBackoff.ts"

export interface AbuseOptions {
  readonly policy: Backoff.BackoffPolicy
  /** Somebody is blocked from now on, for so many milliseconds. */
  readonly onBlock: (offender: Offender, millis: number) => void
}

/** Those who are watched at once; beyond them nobody new is. */
const most = 50_000
/** Refused requests that count as one strike. */
const perStrike = 50

export class Abuse {
  readonly #options: AbuseOptions
  readonly #clock: Clock
  readonly #states = new Map<string, Backoff.BackoffState>()
  readonly #refused = new Map<string, number>()

  constructor(options: AbuseOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
  }

  /** Milliseconds for which this one is not heard; 0 where it is. */
  wait({ key }: Offender): number {
    const state = this.#states.get(key)
    return state === undefined ? 0 : Backoff.waitMillis(state, this.#now())
  }

  /** Counts an offence; true when it blocks. */
  strike(offender: Offender): boolean {
    const { key } = offender
    const now = this.#now()
    if (!this.#states.has(key) && this.#states.size >= most) this.#forget(now)
    if (!this.#states.has(key) && this.#states.size >= most) return false
    const state = Backoff.failed(this.#states.get(key) ?? Backoff.initial, this.#options.policy, now)
    this.#states.set(key, state)
    const millis = Backoff.waitMillis(state, now)
    if (millis > 0) this.#options.onBlock(offender, millis)
    return millis > 0
  }

  /** Counts a request that was refused for being too many; many of them are an offence. */
  refused(offender: Offender): boolean {
    const { key } = offender
    const count = (this.#refused.get(key) ?? 0) + 1
    if (count < perStrike) {
      // rather forgive what was counted so far than count nobody any more
      if (this.#refused.size >= most && !this.#refused.has(key)) this.#refused.clear()
      this.#refused.set(key, count)
      return false
    }
    this.#refused.delete(key)
    return this.strike(offender)
  }

  /** Its connection is closed. */
  left({ isPassing, key }: Offender): void {
    if (!isPassing) return
    this.#refused.delete(key)
    this.#states.delete(key)
  }

  #forget(now: number): void {
    for (const [key, state] of this.#states)
      if (Backoff.isSpent(state, this.#options.policy, now)) this.#states.delete(key)
  }

  #now(): number {
    return Number(this.#clock.monotonicTimeNanosUnsafe() / 1_000_000n)
  }
}
