import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import * as fc from "fast-check"
import * as Layers from "../../layers/http/AuthBackoff.ts"
import * as AuthBackoff from "../../src/gateway/AuthBackoff.ts"
import { NobodyNow } from "../../src/identity/Authenticator.ts"

const policy = AuthBackoff.defaultPolicy
const failures = (state: AuthBackoff.BackoffState, times: ReadonlyArray<number>) =>
  times.reduce((now, at) => AuthBackoff.failed(now, policy, at), state)
const burst = (at: number, count = 10) => Array.from({ length: count }, () => at)

describe("back-off decisions", () => {
  it("T5: nine failures in a minute do not lock, the tenth does, for a minute", () => {
    const nine = failures(AuthBackoff.initial, burst(1_000, 9))
    assert.strictEqual(AuthBackoff.waitMillis(nine, 1_000), 0)
    const ten = AuthBackoff.failed(nine, policy, 60_999)
    assert.strictEqual(AuthBackoff.waitMillis(ten, 60_999), 60_000)
    assert.strictEqual(AuthBackoff.waitMillis(ten, 120_998), 1)
    assert.strictEqual(AuthBackoff.waitMillis(ten, 120_999), 0)
  })

  it("forgets failures that are a minute old", () => {
    const nine = failures(AuthBackoff.initial, burst(0, 9))
    assert.strictEqual(AuthBackoff.waitMillis(AuthBackoff.failed(nine, policy, 60_000), 60_000), 0)
  })

  it("T5: doubles each further lock up to fifteen minutes", () => {
    let state = AuthBackoff.initial
    let now = 0
    const locks = []
    for (let n = 0; n < 7; n++) {
      state = failures(state, burst(now))
      locks.push(AuthBackoff.waitMillis(state, now) / 60_000)
      now = state.lockedUntil
    }
    assert.deepStrictEqual(locks, [1, 2, 4, 8, 15, 15, 15])
  })

  it("is spent, and may be forgotten, only when neither lock nor failure counts any more", () => {
    const locked = failures(AuthBackoff.initial, burst(0))
    assert.isFalse(AuthBackoff.isSpent(locked, policy, 60_000))
    assert.isTrue(AuthBackoff.isSpent(locked, policy, 60_000 + policy.maxLockMillis))
    const one = failures({ ...AuthBackoff.initial, lockedUntil: -policy.maxLockMillis }, [0])
    assert.isFalse(AuthBackoff.isSpent(one, policy, 59_999))
    assert.isTrue(AuthBackoff.isSpent(one, policy, 60_000))
  })

  it("T5: no sequence of tries gets more than ten failures heard in any minute", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 20_000 }), { maxLength: 200 }), (gaps) => {
        let state = AuthBackoff.initial
        let now = 0
        const heard: Array<number> = []
        for (const gap of gaps) {
          now += gap
          if (AuthBackoff.waitMillis(state, now) > 0) continue
          heard.push(now)
          state = AuthBackoff.failed(state, policy, now)
        }
        return heard.every((at) => heard.filter((other) => other >= at && other < at + 60_000).length <= 10)
      })
    )
  })
})

const guess = Effect.fail("wrong" as const)
const right = Effect.succeed("right" as const)

describe("AuthBackoff", () => {
  it.effect("T5: locks one address and no other; a right credential does not skip the lock", () =>
    Effect.gen(function* () {
      const backoff = yield* AuthBackoff.AuthBackoff
      for (let n = 0; n < 9; n++) {
        assert.strictEqual(yield* Effect.flip(backoff.attempt("10.0.0.1", guess)), "wrong")
        assert.strictEqual(yield* backoff.attempt("10.0.0.1", right), "right")
      }
      yield* Effect.exit(backoff.attempt("10.0.0.1", guess))
      const locked = yield* Effect.flip(backoff.attempt("10.0.0.1", right))
      assert.instanceOf(locked, AuthBackoff.LockedOut)
      assert.strictEqual(locked.retryAfterMillis, 60_000)
      assert.strictEqual(yield* backoff.attempt("10.0.0.2", right), "right")
      assert.isTrue(Exit.isFailure(yield* Effect.exit(backoff.check("::ffff:10.0.0.1"))))
      yield* TestClock.adjust(60_000)
      assert.strictEqual(yield* backoff.attempt("10.0.0.1", right), "right")
    }).pipe(Effect.provide(Layers.layer))
  )

  it.effect("who could not be let in for another reason has not guessed", () =>
    Effect.gen(function* () {
      const backoff = yield* AuthBackoff.AuthBackoff
      const nobody = Effect.fail(new NobodyNow({ message: "not now" }))
      for (let n = 0; n < 20; n++) {
        assert.instanceOf(yield* Effect.flip(backoff.attempt("10.0.0.1", nobody)), NobodyNow)
      }
      assert.strictEqual(yield* backoff.attempt("10.0.0.1", right), "right")
    }).pipe(Effect.provide(Layers.layer))
  )

  it.effect("T5: tries that were under way when the lock fell are not heard", () =>
    Effect.gen(function* () {
      const backoff = yield* AuthBackoff.AuthBackoff
      const gate = yield* Deferred.make<void>()
      const waiting = yield* Effect.forkChild(
        Effect.exit(backoff.attempt("10.0.0.1", Effect.andThen(Deferred.await(gate), right))),
        { startImmediately: true }
      )
      for (let n = 0; n < 10; n++) yield* backoff.recordFailure("10.0.0.1")
      yield* Deferred.succeed(gate, undefined)
      const exit = yield* Fiber.join(waiting)
      assert.isTrue(Exit.isFailure(exit))
    }).pipe(Effect.provide(Layers.layer))
  )

  it.effect(
    "T28: remembers a bounded number of addresses; the ones beyond share a count until some are forgotten",
    () =>
      Effect.gen(function* () {
        const backoff = yield* AuthBackoff.AuthBackoff
        yield* backoff.recordFailure("10.0.0.1")
        yield* backoff.recordFailure("10.0.0.2")
        yield* backoff.recordFailure("10.0.0.3")
        yield* backoff.recordFailure("10.0.0.4")
        assert.isTrue(Exit.isFailure(yield* Effect.exit(backoff.check("10.0.0.5"))))
        assert.isTrue(Exit.isSuccess(yield* Effect.exit(backoff.check("10.0.0.1"))))
        yield* TestClock.adjust(2_000_000)
        yield* backoff.recordFailure("10.0.0.6")
        assert.isTrue(Exit.isSuccess(yield* Effect.exit(backoff.check("10.0.0.6"))))
      }).pipe(Effect.provide(Layers.layerWith({ policy: { maxFailures: 2 }, maxAddresses: 2 })))
  )
})
