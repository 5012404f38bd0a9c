import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import { Entropy } from "../../src/domain/Entropy.ts"
import { HoldId, TurnId } from "../../src/domain/Ids.ts"
import { layer, layerTest } from "../../layers/platform/NodeEntropy.ts"

const ids = (count: number) =>
  Effect.flatMap(Entropy, (entropy) => Effect.forEach(Array.from({ length: count }), () => entropy.id("turn")))

describe("NodeEntropy", () => {
  it.effect("ids have their prefix and 26 characters, and are those of the domain", () =>
    Effect.gen(function* () {
      const entropy = yield* Entropy
      assert.match(yield* entropy.id("x"), /^x_[0-9a-z]{26}$/)
      assert.isString(TurnId.make(yield* entropy.id("turn")))
      assert.isString(HoldId.make(yield* entropy.id("hold")))
    }).pipe(Effect.provide(layer))
  )

  it.effect(
    "ids stand in the order in which they were made, within a millisecond too, and when the clock steps back",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(1_800_000_000_000)
        const first = yield* ids(40_000)
        yield* TestClock.setTime(1_799_999_999_000)
        const back = yield* ids(10)
        yield* TestClock.setTime(1_900_000_000_000)
        const all = [...first, ...back, ...(yield* ids(10))]
        assert.deepStrictEqual([...all].sort(), all)
        assert.strictEqual(new Set(all).size, all.length)
      }).pipe(Effect.provide(layer))
  )

  it.effect("nothing of an id tells the next one's random part", () =>
    Effect.gen(function* () {
      const parts = (yield* ids(1_000)).map((id) => id.slice(-13))
      assert.strictEqual(new Set(parts).size, parts.length)
      for (let position = 0; position < 13; position++) {
        assert.isAbove(new Set(parts.map((part) => part.charAt(position))).size, 20)
      }
    }).pipe(Effect.provide(layer))
  )

  it.effect("bytes have their size, and no two are the same memory", () =>
    Effect.gen(function* () {
      const entropy = yield* Entropy
      for (const size of [0, 1, 32, 4_095, 4_096, 4_097, 100_000]) {
        assert.strictEqual((yield* entropy.bytes(size)).length, size)
      }
      const [a, b] = [yield* entropy.bytes(16), yield* entropy.bytes(16)]
      assert.notDeepEqual(a, b)
      const copy = b.slice()
      a.fill(0)
      assert.deepStrictEqual(b, copy)
    }).pipe(Effect.provide(layer))
  )

  it.effect("the test's entropy is the same in every run", () => {
    const run = Effect.gen(function* () {
      const entropy = yield* Entropy
      return [yield* entropy.id("a"), yield* entropy.id("a"), (yield* entropy.bytes(70)).join()]
    })
    return Effect.gen(function* () {
      const first = yield* Effect.provide(run, layerTest, { local: true })
      assert.deepStrictEqual(yield* Effect.provide(run, layerTest, { local: true }), first)
      assert.notStrictEqual(first[0], first[1])
    })
  })
})
