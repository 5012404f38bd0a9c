/** The back-off lock per address, in memory: a restart forgives, a flood of addresses does not grow it. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as AuthBackoff from "../../src/gateway/AuthBackoff.ts"
import * as ClientAddress from "../../src/gateway/ClientAddress.ts"

export interface Options {
  readonly policy?: Partial<AuthBackoff.BackoffPolicy> | undefined
  /** Addresses remembered one by one; further ones share a single count until some are forgotten. */
  readonly maxAddresses?: number | undefined
}

const sharedKey = "*"

/** With another policy or memory bound than the default of 10 failures in 60 s over 10,000 addresses. */
export const layerWith = (options: Options): Layer.Layer<AuthBackoff.AuthBackoff> =>
  Layer.sync(AuthBackoff.AuthBackoff, () => {
    const policy = { ...AuthBackoff.defaultPolicy, ...options.policy }
    const maxAddresses = options.maxAddresses ?? 10_000
    const states = new Map<string, AuthBackoff.BackoffState>()

    const keyOf = (address: string): string => {
      const key = ClientAddress.accountingKey(address)
      return states.has(key) || states.size < maxAddresses ? key : sharedKey
    }
    let sweptAt = -Infinity
    const forgetSpent = (now: number): void => {
      // at most once a second: a flood of addresses must not make every failure walk the table
      if (states.size < maxAddresses || now - sweptAt < 1_000) return
      sweptAt = now
      for (const [key, state] of states) if (AuthBackoff.isSpent(state, policy, now)) states.delete(key)
    }

    const check = Effect.fnUntraced(function* (address: string) {
      const wait = AuthBackoff.waitMillis(states.get(keyOf(address)) ?? AuthBackoff.initial, yield* nowMillis)
      if (wait === 0) return
      const seconds = Math.ceil(wait / 1000)
      return yield* new AuthBackoff.LockedOut({
        retryAfterMillis: Math.ceil(wait),
        message: `Too many failed attempts from this address; try again in ${seconds} s.`
      })
    })
    const recordFailure = Effect.fnUntraced(function* (address: string) {
      const now = yield* nowMillis
      forgetSpent(now)
      const key = keyOf(address)
      states.set(key, AuthBackoff.failed(states.get(key) ?? AuthBackoff.initial, policy, now))
    })
    return {
      check,
      recordFailure,
      attempt: <A, E, R>(address: string, attempt: Effect.Effect<A, E, R>) =>
        check(address).pipe(
          // whoever could not be let in for another reason has not guessed
          Effect.andThen(
            Effect.tapError(attempt, (error) =>
              Predicate.isTagged(error, "NobodyNow") ? Effect.void : recordFailure(address)
            )
          ),
          // attempts that were under way when the lock fell are not heard either, whatever they found
          (guarded) => Effect.flatMap(Effect.exit(guarded), (exit) => Effect.andThen(check(address), exit))
        )
    }
  })

export const layer: Layer.Layer<AuthBackoff.AuthBackoff> = layerWith({})

const nowMillis = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos / 1_000_000n))
