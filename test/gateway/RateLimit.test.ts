import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import * as fc from "fast-check"
import * as Layers from "../../layers/http/RateLimit.ts"
import { defaultTenant, PrincipalId } from "../../src/domain/Ids.ts"
import * as RateLimit from "../../src/gateway/RateLimit.ts"
import { Authenticator, Unauthenticated } from "../../src/identity/Authenticator.ts"

const policy: RateLimit.RatePolicy = { perSecond: 10, burst: 5 }

describe("token bucket", () => {
  it("starts full, refills at its rate, never above its burst, and not when time stands or goes back", () => {
    const full = RateLimit.full(policy, 1_000)
    assert.strictEqual(RateLimit.refill(full, policy, 9_000).tokens, 5)
    const empty = { tokens: 0, at: 1_000 }
    assert.strictEqual(RateLimit.refill(empty, policy, 1_100).tokens, 1)
    assert.deepStrictEqual(RateLimit.refill(empty, policy, 500), empty)
  })

  it("says how long until it can pay", () => {
    assert.strictEqual(RateLimit.waitMillis({ tokens: 1, at: 0 }, policy, 1), 0)
    assert.strictEqual(RateLimit.waitMillis({ tokens: 0, at: 0 }, policy, 1), 100)
    assert.strictEqual(RateLimit.waitMillis({ tokens: 0.5, at: 0 }, policy, 1), 50)
  })

  it("lets through at most burst + rate x time, whatever the pattern", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 300 }), (gaps) => {
        let bucket = RateLimit.full(policy, 0)
        let now = 0
        let passed = 0
        for (const gap of gaps) {
          now += gap
          bucket = RateLimit.refill(bucket, policy, now)
          if (RateLimit.waitMillis(bucket, policy, 1) > 0) continue
          bucket = { ...bucket, tokens: bucket.tokens - 1 }
          passed += 1
        }
        return passed <= policy.burst + (now / 1000) * policy.perSecond + 1e-6
      })
    )
  })
})

const two = { perSecond: 1, burst: 2 }
const wide = { perSecond: 1_000, burst: 1_000 }

describe("RateLimit.keysOf", () => {
  it.effect("counts IPv6 by /64, a principal over all its connections, and a stranger by address and connection", () =>
    Effect.gen(function* () {
      const authenticator = yield* Authenticator
      const principal = authenticator.internal({ id: PrincipalId.make("ada"), tenant: defaultTenant, scopes: [] })
      const connection = { id: 7, remoteAddress: "2001:db8::5" }
      assert.deepStrictEqual(RateLimit.keysOf(connection, principal), {
        address: "2001:db8:0:0::/64",
        principal: "default:ada",
        connection: "7"
      })
      assert.strictEqual(RateLimit.keysOf(connection, undefined).principal, undefined)
    }).pipe(
      Effect.provide(
        Authenticator.layerWith(
          Effect.succeed({
            verify: () => Effect.fail(new Unauthenticated({ message: "unused" })),
            valid: () => Effect.succeed(true)
          })
        )
      )
    )
  )
})

describe("RateLimit", () => {
  it.effect("counts per address, principal and connection, and takes from all or from none", () =>
    Effect.gen(function* () {
      const { take } = yield* RateLimit.RateLimit
      const keys = { address: "a", principal: "p", connection: "c" }
      assert.strictEqual(take(keys), 0)
      assert.strictEqual(take({ principal: "p" }), 0)
      assert.strictEqual(take(keys), 1_000)
      assert.strictEqual(take({ address: "a" }), 0, "the refused message cost the address nothing")
      assert.strictEqual(take({}), 0)
      yield* TestClock.adjust(1_000)
      assert.strictEqual(take(keys), 0)
    }).pipe(Effect.provide(Layers.layerWith({ policies: { address: two, principal: two, connection: wide } })))
  )

  it.effect("forgets a connection that is released", () =>
    Effect.gen(function* () {
      const { release, take } = yield* RateLimit.RateLimit
      take({ connection: "c" }, 2)
      assert.isAbove(take({ connection: "c" }), 0)
      release("c")
      assert.strictEqual(take({ connection: "c" }), 0)
    }).pipe(Effect.provide(Layers.layerWith({ policies: { connection: two } })))
  )

  it.effect("T28: keeps a bounded number of keys; those beyond share a bucket until full ones are forgotten", () =>
    Effect.gen(function* () {
      const { take } = yield* RateLimit.RateLimit
      for (const address of ["a", "b", "c", "d"]) assert.strictEqual(take({ address }), 0)
      assert.isAbove(take({ address: "e" }), 0)
      assert.strictEqual(take({ address: "a" }), 0)
      yield* TestClock.adjust(10_000)
      assert.strictEqual(take({ address: "e" }, 2), 0)
      assert.strictEqual(take({ address: "f" }, 2), 0)
    }).pipe(Effect.provide(Layers.layerWith({ policies: { address: two }, maxKeys: 2 })))
  )

  it.effect("has defaults that a fair client does not meet", () =>
    Effect.gen(function* () {
      const { take } = yield* RateLimit.RateLimit
      for (let n = 0; n < 2_000; n++) assert.strictEqual(take({ address: "a", principal: "p", connection: "c" }), 0)
      assert.isAbove(take({ connection: "c" }), 0)
    }).pipe(Effect.provide(Layers.layer))
  )
})
