import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { attempts, currentTarget, defaultRetryPolicy, next } from "../../src/model/Retry.ts"
import { failure, target } from "./fixtures.ts"

const fallback = { ...target, provider: "other" }
const quiet = { delivered: false, jitter: 0.5 }

describe("the decision to try again", () => {
  it("waits longer before each further attempt at one target, then goes to the next", () => {
    let state = attempts(target, fallback)
    const seen: Array<readonly [string, number]> = []
    for (;;) {
      const decision = next(state, failure(), quiet)
      if (decision._tag === "GiveUp") break
      seen.push([decision.target.provider, decision.delayMs])
      assert.strictEqual(currentTarget(decision.attempts)?.provider, decision.target.provider)
      state = decision.attempts
    }
    assert.deepStrictEqual(seen, [
      ["fake", 375],
      ["fake", 750],
      ["other", 0],
      ["other", 375],
      ["other", 750]
    ])
  })

  it("never tries again once a part was delivered", () => {
    fc.assert(
      fc.property(fc.boolean(), fc.double({ min: 0, max: 0.999, noNaN: true }), (retryable, jitter) => {
        const decision = next(attempts(target, fallback), failure({ retryable }), { delivered: true, jitter })
        assert.strictEqual(decision._tag, "GiveUp")
      })
    )
  })

  it("gives up at once on a request that is wrong for every vendor", () => {
    assert.strictEqual(
      next(attempts(target, fallback), failure({ kind: "invalid_request", retryable: false }), quiet)._tag,
      "GiveUp"
    )
  })

  it("goes straight to the next target where asking the same one cannot help", () => {
    for (const kind of ["authentication", "no_stream", "no_key", "no_adapter", "circuit_open"] as const) {
      const decision = next(attempts(target, fallback), failure({ kind, retryable: false }), quiet)
      assert.isTrue(decision._tag === "Attempt" && decision.fallback && decision.target === fallback)
      assert.strictEqual(next(attempts(target), failure({ kind, retryable: false }), quiet)._tag, "GiveUp")
    }
  })

  it("waits as long as the vendor asks, unless that is too long", () => {
    const patient = next(attempts(target, fallback), failure({ retryAfterMs: 7_000 }), quiet)
    assert.isTrue(patient._tag === "Attempt" && patient.delayMs === 7_000 && !patient.fallback)
    const long = next(attempts(target, fallback), failure({ retryAfterMs: 60_000 }), quiet)
    assert.isTrue(long._tag === "Attempt" && long.fallback)
  })

  it("always ends, and never waits longer than the policy says", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ after: fc.nat(100_000), jitter: fc.double({ min: 0, max: 0.999, noNaN: true }) }), {
          minLength: 20,
          maxLength: 20
        }),
        (steps) => {
          let state = attempts(target, fallback)
          let made = 1
          for (const { after, jitter } of steps) {
            const decision = next(state, failure({ retryAfterMs: after }), { delivered: false, jitter })
            if (decision._tag === "GiveUp") break
            assert.isAtMost(decision.delayMs, defaultRetryPolicy.maxMs)
            state = decision.attempts
            made += 1
          }
          assert.isAtMost(made, 2 * defaultRetryPolicy.attempts)
        }
      )
    )
  })
})
