import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { apportion, sharesOf } from "../../src/budget/PromptShare.ts"
import { price, usageOf } from "./fixtures.ts"

const weights = fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 12 })

describe("apportion", () => {
  it("divides all of it, each part within one of its exact share, whatever the numbers", () => {
    fc.assert(
      fc.property(fc.nat(1_000_000_000), weights, (total, parts) => {
        const shares = apportion(total, parts)
        const sum = parts.reduce((all, part) => all + part, 0)
        assert.strictEqual(
          shares.reduce((all, share) => all + share, 0),
          total
        )
        for (const [n, share] of shares.entries()) {
          assert.isAtLeast(share, 0)
          if (sum > 0) assert.isBelow(Math.abs(share - (total * (parts[n] ?? 0)) / sum), 1 + 1e-3)
        }
      })
    )
  })

  it("gives what rounding leaves to the largest remainders, and all of it to the first where nothing weighs", () => {
    assert.deepStrictEqual(apportion(10, [1, 1, 1]), [4, 3, 3])
    assert.deepStrictEqual(apportion(10, [5, 1, 6]), [4, 1, 5])
    assert.deepStrictEqual(apportion(7, [0, 0]), [7, 0])
    assert.deepStrictEqual(apportion(7, []), [])
  })
})

describe("the parts of a prompt", () => {
  it("share what was charged for it, to the last token and micro-dollar", () => {
    fc.assert(
      fc.property(
        weights,
        fc.nat(99_999),
        fc.nat(99_999),
        fc.nat(99_999),
        fc.nat(9_999_999),
        (parts, a, b, c, micros) => {
          const shares = sharesOf(usageOf(a, 5, b, c), micros, price, parts)
          assert.strictEqual(
            shares.reduce((all, { tokens }) => all + tokens, 0),
            a + b + c
          )
          assert.strictEqual(
            shares.reduce((all, one) => all + one.micros, 0),
            micros
          )
        }
      )
    )
  })

  it("cost less at the beginning, which the cache had, and most where it was written to", () => {
    // 1,000 tokens each: read at 0.3 dollars, written at 3.75, the last at 3
    const used = usageOf(1_000, 0, 1_000, 1_000)
    assert.deepStrictEqual(sharesOf(used, 300 + 3_750 + 3_000, price, [10, 10, 10]), [
      { tokens: 1_000, micros: 300 },
      { tokens: 1_000, micros: 3_750 },
      { tokens: 1_000, micros: 3_000 }
    ])
  })

  it("share by their tokens where the price is not known", () => {
    assert.deepStrictEqual(sharesOf(usageOf(90, 0), 9, undefined, [1, 2]), [
      { tokens: 30, micros: 3 },
      { tokens: 60, micros: 6 }
    ])
  })
})
