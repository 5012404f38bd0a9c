/**
 * Whether to try again after a failed attempt, and where. Pure: the agent loop settles the attempt, asks here, waits,
 * takes the next hold and tries. Nothing is retried once a part of the answer was delivered.
 */
import type { ModelError } from "./ModelError.ts"
import type { ModelTarget } from "./ModelRequest.ts"

export interface RetryPolicy {
  /** Attempts per target, the first one included. */
  readonly attempts: number
  /** Wait before the second attempt, in milliseconds; doubles with each further one. */
  readonly baseMs: number
  /** The longest wait; a vendor that asks for more is left for the next target. */
  readonly maxMs: number
}

export const defaultRetryPolicy: RetryPolicy = { attempts: 3, baseMs: 500, maxMs: 20_000 }

/** The targets in order of preference, and how far we are. */
export interface Attempts {
  readonly targets: ReadonlyArray<ModelTarget>
  /** Index of the current target. */
  readonly at: number
  /** Attempts made at it, the current one included. */
  readonly made: number
}

export type Next =
  | {
      readonly _tag: "Attempt"
      readonly target: ModelTarget
      readonly delayMs: number
      readonly attempts: Attempts
      /** True where the target is another one than before. */
      readonly fallback: boolean
    }
  | { readonly _tag: "GiveUp"; readonly error: ModelError }

/** The first target, then its fallbacks. */
export const attempts = (first: ModelTarget, ...fallbacks: ReadonlyArray<ModelTarget>): Attempts => ({
  targets: [first, ...fallbacks],
  at: 0,
  made: 1
})

/** The target of the current attempt. */
export const currentTarget = (state: Attempts): ModelTarget | undefined => state.targets[state.at]

// Asking the same vendor again cannot help; another one may.
const elsewhere = new Set<ModelError["kind"]>(["authentication", "no_stream", "no_key", "no_adapter", "circuit_open"])

/** What to do after `error`. `jitter` is a random number in [0, 1). */
export const next = (
  state: Attempts,
  error: ModelError,
  options: { readonly delivered: boolean; readonly jitter: number; readonly policy?: RetryPolicy }
): Next => {
  const policy = options.policy ?? defaultRetryPolicy
  const moves = elsewhere.has(error.kind)
  if (options.delivered || !(error.retryable || moves)) return { _tag: "GiveUp", error }
  const target = currentTarget(state)
  const backoff = Math.min(policy.maxMs, policy.baseMs * 2 ** (state.made - 1))
  const delayMs = Math.max(error.retryAfterMs ?? 0, Math.round(backoff * (0.5 + options.jitter / 2)))
  if (!moves && target !== undefined && state.made < policy.attempts && delayMs <= policy.maxMs)
    return { _tag: "Attempt", target, delayMs, fallback: false, attempts: { ...state, made: state.made + 1 } }
  const fallback = state.targets[state.at + 1]
  return fallback === undefined
    ? { _tag: "GiveUp", error }
    : {
        _tag: "Attempt",
        target: fallback,
        delayMs: 0,
        fallback: true,
        attempts: { ...state, at: state.at + 1, made: 1 }
      }
}
