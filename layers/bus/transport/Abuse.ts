/**
 * Who breaks the rules again and again is not heard for a while, longer each time: malformed frames, requests that flood,
 * joins beyond the limit. By principal, or by address where nobody has said who it is. Bounded.
 */
import type { Clock } from "effect/Clock"
import * as Backoff from "../../../src/gateway/AuthBackoff.ts"

export interface AbuseOptions {
  readonly policy: Backoff.BackoffPolicy
  /** Somebody is blocked from now on, for so many milliseconds. */
  readonly onBlock: (key: string, millis: number) => void
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
  wait(key: string): number {
    const state = this.#states.get(key)
    return state === undefined ? 0 : Backoff.waitMillis(state, this.#now())
  }

  /** Counts an offence; true when it blocks. */
  strike(key: string): boolean {
    const now = this.#now()
    if (!this.#states.has(key) && this.#states.size >= most) this.#forget(now)
    if (!this.#states.has(key) && this.#states.size >= most) return false
    const state = Backoff.failed(this.#states.get(key) ?? Backoff.initial, this.#options.policy, now)
    this.#states.set(key, state)
    const millis = Backoff.waitMillis(state, now)
    if (millis > 0) this.#options.onBlock(key, millis)
    return millis > 0
  }

  /** Counts a request that was refused for being too many; many of them are an offence. */
  refused(key: string): boolean {
    const count = (this.#refused.get(key) ?? 0) + 1
    if (count < perStrike) {
      if (this.#refused.size < most || this.#refused.has(key)) this.#refused.set(key, count)
      return false
    }
    this.#refused.delete(key)
    return this.strike(key)
  }

  #forget(now: number): void {
    for (const [key, state] of this.#states)
      if (Backoff.isSpent(state, this.#options.policy, now)) this.#states.delete(key)
  }

  #now(): number {
    return Number(this.#clock.monotonicTimeNanosUnsafe() / 1_000_000n)
  }
}
