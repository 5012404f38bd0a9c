/**
 * The lock against guessing credentials (threats row 5): too many failures from one address in a window, and that
 * address is refused unheard for a while, longer each time. A success forgives nothing: whoever holds one valid token
 * must not be able to guess at others. The decisions are pure; `AuthBackoff` keeps them per address.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

export interface BackoffPolicy {
  /** Failures within the window that lock. */
  readonly maxFailures: number
  readonly windowMillis: number
  /** Length of the first lock; each further one doubles it. */
  readonly lockMillis: number
  readonly maxLockMillis: number
}

export const defaultPolicy: BackoffPolicy = {
  maxFailures: 10,
  windowMillis: 60_000,
  lockMillis: 60_000,
  maxLockMillis: 900_000
}

/** What is remembered of one address; times in milliseconds of a clock that never goes back. */
export interface BackoffState {
  /** The latest failures, oldest first; never more than `maxFailures`. */
  readonly failures: ReadonlyArray<number>
  readonly lockedUntil: number
  /** Locks in a row. */
  readonly locks: number
}

export const initial: BackoffState = { failures: [], lockedUntil: 0, locks: 0 }

/** Milliseconds an attempt has to wait; 0 when it may be heard. */
export const waitMillis = (state: BackoffState, now: number): number => Math.max(0, state.lockedUntil - now)

/** The state after one more failure. */
export const failed = (state: BackoffState, policy: BackoffPolicy, now: number): BackoffState => {
  const failures = [...state.failures.filter((at) => now - at < policy.windowMillis), now].slice(-policy.maxFailures)
  if (failures.length < policy.maxFailures) return { ...state, failures }
  const lock = Math.min(policy.maxLockMillis, policy.lockMillis * 2 ** Math.min(state.locks, 30))
  return { failures: [], lockedUntil: Math.max(state.lockedUntil, now + lock), locks: state.locks + 1 }
}

/** True when nothing is left to remember, so that the entry may go. */
export const isSpent = (state: BackoffState, policy: BackoffPolicy, now: number): boolean =>
  waitMillis(state, now) === 0 &&
  now - state.lockedUntil >= policy.maxLockMillis &&
  state.failures.every((at) => now - at >= policy.windowMillis)

/** Too many failures from this address; for a peer. */
export class LockedOut extends Schema.TaggedError<LockedOut>()("LockedOut", {
  retryAfterMillis: Schema.Int,
  message: Schema.String
}) {}

export class AuthBackoff extends Context.Service<
  AuthBackoff,
  {
    /** Fails while the address is locked. Ask before looking at any credential. */
    readonly check: (address: string) => Effect.Effect<void, LockedOut>
    /** Records one failed attempt. */
    readonly recordFailure: (address: string) => Effect.Effect<void>
    /**
     * Runs an attempt unless the address is locked, and counts it when it fails with `E`, but for `NobodyNow`. Concurrent attempts count
     * before they run, so that a burst gets no more guesses than a sequence.
     */
    readonly attempt: <A, E, R>(address: string, attempt: Effect.Effect<A, E, R>) => Effect.Effect<A, E | LockedOut, R>
  }
>()("exoclaw/gateway/AuthBackoff") {}
