import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import {
  cost,
  dearest,
  dearestCost,
  inputCost,
  outputAffordable,
  type PriceClass,
  saving
} from "../../src/budget/Price.ts"
import { free, lookup, version } from "../../src/budget/PriceList.ts"
import { price, usageOf } from "./fixtures.ts"

const rate = fc.integer({ min: 0, max: 600_000_000 })
const tokens = fc.integer({ min: 0, max: 2_000_000 })
const rates = fc.record({ input: rate, output: rate, cacheRead: rate, cacheWrite: rate })
const anyPrice: fc.Arbitrary<PriceClass> = fc
  .tuple(rates, fc.option(fc.tuple(tokens, rates), { nil: undefined }))
  .map(([base, long]) => ({
    ...base,
    ...(long === undefined ? {} : { long: { over: long[0], ...long[1] } }),
    version: "test"
  }))

describe("Price", () => {
  it("rounds up, never down", () => {
    assert.strictEqual(cost(price, usageOf(1, 0)), 3)
    assert.strictEqual(cost({ ...price, input: 1 }, usageOf(1, 0)), 1)
    assert.strictEqual(cost(price, usageOf(0, 0)), 0)
    assert.strictEqual(cost(price, usageOf(10, 10, 10, 10)), 30 + 150 + 3 + 38)
  })

  it("charges what is kept longer and what was thought at their own rates, where there are such", () => {
    const used = { ...usageOf(10, 20, 0, 30), cacheWriteLong: 10, reasoning: 5 }
    assert.strictEqual(cost(price, used), cost(price, usageOf(10, 20, 0, 30)))
    const apart = { ...price, cacheWriteLong: 6_000_000, reasoning: 20_000_000 }
    assert.strictEqual(cost(apart, used), 30 + 15 * 15 + 5 * 20 + 20 * 3.75 + 10 * 6)
    assert.strictEqual(dearest(apart, 10).output, 20_000_000)
    // details that say more than there is
    const lying = { ...usageOf(10, 20, 0, 30), cacheWriteLong: 1_000, reasoning: 1_000 }
    assert.strictEqual(cost(apart, lying), 30 + 20 * 20 + 30 * 6)
  })

  it("charges the whole call at the long rates once its input is over the mark", () => {
    const long = { ...price, long: { over: 1_000, input: 6_000_000, output: 22_500_000, cacheRead: 1, cacheWrite: 1 } }
    assert.strictEqual(cost(long, usageOf(1_000, 10)), 3_000 + 150)
    assert.strictEqual(cost(long, usageOf(1_001, 10)), 6_006 + 225)
    assert.strictEqual(cost(long, usageOf(500, 10, 501)), 3_000 + 225 + 1)
    assert.deepStrictEqual(dearest(long, 1_000), { input: 3_750_000, output: 15_000_000 })
    assert.deepStrictEqual(dearest(long, 1_001), { input: 6_000_000, output: 22_500_000 })
  })

  it("never charges more than the dearest way, for any usage within the bounds", () => {
    fc.assert(
      fc.property(anyPrice, tokens, tokens, tokens, tokens, tokens, (p, input, read, write, output, spare) => {
        const bound = input + read + write + spare
        assert.isAtMost(cost(p, usageOf(input, output, read, write)), dearestCost(p, bound, output))
      })
    )
  })

  it("says what a cache saved against the price without one, and what writing to it cost more", () => {
    assert.strictEqual(saving(price, usageOf(100, 50, 1_000)), 2_700)
    assert.strictEqual(saving(price, usageOf(100, 50, 0, 1_000)), -750)
    assert.strictEqual(saving(price, usageOf(100, 50)), 0)
    fc.assert(
      fc.property(anyPrice, tokens, tokens, tokens, tokens, (p, input, read, write, output) => {
        const used = usageOf(input, output, read, write)
        assert.strictEqual(cost(p, used) + saving(p, used), cost(p, usageOf(input + read + write, output)))
      })
    )
  })

  it("splits a cost into what the input and what the output made", () => {
    fc.assert(
      fc.property(anyPrice, tokens, tokens, tokens, tokens, (p, input, read, write, output) => {
        const used = usageOf(input, output, read, write)
        assert.isAtMost(inputCost(p, used), cost(p, used))
        assert.strictEqual(inputCost(p, usageOf(input, 0, read, write)), cost(p, usageOf(input, 0, read, write)))
      })
    )
  })

  it("affords the most output that the money covers, and no token more", () => {
    fc.assert(
      fc.property(anyPrice, tokens, fc.integer({ min: -5, max: 1_000_000_000 }), (p, input, micros) => {
        const output = outputAffordable(p, input, micros)
        if (output < 0) assert.isAbove(dearestCost(p, input, 0), micros)
        else if (output === Number.MAX_SAFE_INTEGER) assert.strictEqual(dearest(p, input).output, 0)
        else {
          assert.isAtMost(dearestCost(p, input, output), micros)
          assert.isAbove(dearestCost(p, input, output + 1), micros)
        }
      })
    )
  })
})

describe("the price list", () => {
  it("knows a model by its name, with a date, and as latest", () => {
    const haiku = lookup("anthropic", "claude-haiku-4-5")
    assert.deepStrictEqual(haiku, {
      input: 1_000_000,
      output: 5_000_000,
      cacheRead: 100_000,
      cacheWrite: 1_250_000,
      cacheWriteLong: 2_000_000,
      version
    })
    assert.deepStrictEqual(lookup("anthropic", "claude-haiku-4-5-20251001"), haiku)
    assert.deepStrictEqual(lookup("openai", "gpt-4o-2024-08-06"), lookup("openai", "gpt-4o"))
    assert.deepStrictEqual(lookup("anthropic", "claude-3-5-haiku-latest"), lookup("anthropic", "claude-3-5-haiku"))
  })

  it("prefers a price of the very date", () => {
    assert.strictEqual(lookup("openai", "gpt-4o-2024-05-13")?.input, 5_000_000)
  })

  it("T14: does not price a model it only resembles", () => {
    for (const model of ["gpt-5.4-ultra", "gpt-4o-audio-preview", "claude-opus-4-9", "claude-opus", "gpt", ""]) {
      assert.strictEqual(lookup("openai", model) ?? lookup("anthropic", model), undefined, model)
    }
    assert.strictEqual(lookup("azure", "gpt-4o"), undefined)
  })

  it("lets the configuration win, the provider's own entry first", () => {
    const own = { ...price, version: "config" }
    assert.strictEqual(lookup("openai", "gpt-4o", new Map([["gpt-4o", own]])), own)
    assert.strictEqual(lookup("openai", "gpt-4o-2024-08-06", new Map([["gpt-4o", own]])), own)
    assert.strictEqual(
      lookup(
        "local",
        "llama",
        new Map([
          ["llama", price],
          ["local/llama", own]
        ])
      ),
      own
    )
    assert.strictEqual(cost(free, usageOf(1_000_000, 1_000_000)), 0)
  })

  it("has long rates where a million tokens of context cost more", () => {
    assert.strictEqual(lookup("openai", "gpt-5.5")?.long?.input, 10_000_000)
    assert.strictEqual(lookup("anthropic", "claude-sonnet-4-5")?.long?.over, 200_000)
  })
})
