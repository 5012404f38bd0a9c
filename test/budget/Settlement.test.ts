import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { CallProgress } from "../../src/budget/CallProgress.ts"
import { cost, dearestCost } from "../../src/budget/Price.ts"
import { type Evidence, type HeldNumbers, nothingKnown, settlementOf } from "../../src/budget/Settlement.ts"
import { totalTokens } from "../../src/budget/Usage.ts"
import { price, usageOf } from "./fixtures.ts"

const hold: HeldNumbers = { inputBound: 100, inputEstimate: 60, maxOutputTokens: 50, micros: 1_125, price }
const evidence = (part: Partial<Evidence>): Evidence => ({ ...nothingKnown, ...part })

const count = fc.integer({ min: 0, max: 5_000 })
const anyHold = fc
  .tuple(count, count, fc.integer({ min: 1, max: 4_000 }), fc.boolean())
  .map(([inputBound, inputEstimate, maxOutputTokens, priced]): HeldNumbers => {
    const known = priced ? price : undefined
    const micros = known === undefined ? 0 : dearestCost(known, inputBound, maxOutputTokens)
    return { inputBound, inputEstimate, maxOutputTokens, micros, price: known }
  })
const anyUsage = fc
  .tuple(count, count, count, count)
  .map(([input, output, read, write]) => usageOf(input, output, read, write))
const anyEvidence: fc.Arbitrary<Evidence> = fc.record({
  unused: fc.constant(false),
  usage: fc.option(anyUsage, { nil: undefined }),
  final: fc.boolean(),
  delivered: count
})

describe("a settlement", () => {
  it("charges what the vendor says, cached tokens at their own rates", () => {
    const usage = usageOf(30, 20, 40, 10)
    const settled = settlementOf(hold, evidence({ usage, final: true, delivered: 20 }))
    assert.deepStrictEqual(settled, {
      usage,
      micros: cost(price, usage),
      basis: "usage",
      flagged: false,
      alarm: false
    })
  })

  it("charges nothing for what was certainly not used", () => {
    const settled = settlementOf(hold, evidence({ unused: true, usage: usageOf(9, 9), final: true }))
    assert.deepInclude(settled, { micros: 0, basis: "none" })
    assert.strictEqual(totalTokens(settled.usage), 0)
  })

  it("T15: takes exactly 60 % of our estimate as believable, and less as faulty, for input and output apart", () => {
    const at = (input: number, output: number) =>
      settlementOf(hold, evidence({ usage: usageOf(input, output), final: true, delivered: 40 }))
    assert.deepInclude(at(36, 24), { basis: "usage", flagged: false })
    assert.deepInclude(at(35, 24), { basis: "estimate", flagged: true, usage: usageOf(60, 24) })
    assert.deepInclude(at(36, 23), { basis: "estimate", flagged: true, usage: usageOf(36, 40) })
    assert.deepInclude(at(0, 0), { usage: usageOf(60, 40), micros: dearestCost(price, 60, 40) })
    assert.deepInclude(at(90, 1), { flagged: true })
  })

  it("believes a vendor that counts one token for the word that we estimate at two, and none that counts nothing", () => {
    const at = (output: number, delivered: number) =>
      settlementOf(hold, evidence({ usage: usageOf(60, output), final: true, delivered }))
    assert.deepInclude(at(1, 2), { basis: "usage", flagged: false, usage: usageOf(60, 1) })
    assert.deepInclude(at(0, 1), { basis: "estimate", flagged: true, usage: usageOf(60, 1) })
    assert.deepInclude(at(0, 0), { basis: "usage", flagged: false })
    assert.deepInclude(at(1, 3), { basis: "estimate", flagged: true, usage: usageOf(60, 3) })
  })

  it("charges the whole hold where no usage came, and what was delivered beyond it", () => {
    assert.deepInclude(settlementOf(hold, nothingKnown), { basis: "bound", micros: 1_125, alarm: false })
    const more = settlementOf(hold, evidence({ delivered: 80 }))
    assert.deepInclude(more, { basis: "bound", alarm: true, usage: usageOf(100, 80) })
  })

  it("charges the input the vendor named and all the output it could give, where its last word is missing", () => {
    const settled = settlementOf(hold, evidence({ usage: usageOf(70, 1), delivered: 5 }))
    assert.deepInclude(settled, { basis: "bound", usage: usageOf(70, 50), flagged: false })
    const unlikely = settlementOf(hold, evidence({ usage: usageOf(7, 1) }))
    assert.deepInclude(unlikely, { basis: "bound", usage: usageOf(100, 50), micros: 1_125, flagged: true })
  })

  it("records more than was held as it is, with an alarm", () => {
    assert.deepInclude(settlementOf(hold, evidence({ usage: usageOf(101, 50), final: true })), {
      usage: usageOf(101, 50),
      alarm: true
    })
    assert.isFalse(settlementOf(hold, evidence({ usage: usageOf(100, 50), final: true })).alarm)
    // More money for fewer tokens: the input went over its bound and the output stayed short.
    const inverse = { ...hold, micros: 1_050, price: { ...price, input: 10_000_000, output: 1_000_000 } }
    assert.isTrue(settlementOf(inverse, evidence({ usage: usageOf(140, 1), final: true })).alarm)
  })

  it("keeps its sums exact whatever a vendor sends", () => {
    const huge = Number.MAX_SAFE_INTEGER
    const settled = settlementOf(hold, evidence({ usage: usageOf(huge, huge, huge, huge), final: true }))
    assert.isTrue(Number.isSafeInteger(settled.micros))
    assert.isTrue(settled.alarm)
  })

  it("never charges less than the vendor's last word, nor than 60 % of what was delivered", () => {
    fc.assert(
      fc.property(anyHold, anyEvidence, (held, known) => {
        const settled = settlementOf(held, known)
        if (known.usage !== undefined && known.final) {
          assert.isAtLeast(settled.usage.output, known.usage.output)
          assert.isAtLeast(totalTokens(settled.usage), totalTokens(known.usage))
          if (held.price !== undefined) assert.isAtLeast(settled.micros, cost(held.price, known.usage))
        }
        assert.isAtLeast(settled.usage.output * 100, (known.delivered - 1) * 60)
        if (known.delivered > 0) assert.isAbove(settled.usage.output, 0)
      }),
      { numRuns: 2_000 }
    )
  })

  it("stays within the hold, without an alarm, for every vendor that keeps to the bounds", () => {
    fc.assert(
      fc.property(
        anyHold,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        (held, a, b, final) => {
          const usage = usageOf(Math.floor(held.inputBound * a), Math.floor(held.maxOutputTokens * b))
          const settled = settlementOf(held, { unused: false, usage, final, delivered: Math.floor(usage.output / 2) })
          assert.isAtMost(totalTokens(settled.usage), held.inputBound + held.maxOutputTokens)
          assert.isAtMost(settled.micros, held.micros)
          assert.isFalse(settled.alarm)
        }
      ),
      { numRuns: 1_000 }
    )
  })
})

describe("what is known of a call", () => {
  it("T15: hears no usage that is not made of non-negative integers", () => {
    const call = new CallProgress()
    call.opened()
    for (const bad of [-1, Number.NaN, Infinity, 1.5]) call.used(usageOf(bad, 1), true)
    assert.deepStrictEqual(call.evidence, nothingKnown)
    call.refused()
    assert.isFalse(call.evidence.unused)
  })

  it("keeps the largest estimate, and the last word once it was said", () => {
    const call = new CallProgress()
    call.opened()
    call.delivered(3.2)
    call.delivered(2)
    call.delivered(Number.NaN)
    call.used(usageOf(1, 1), true)
    call.used(usageOf(2, 2), false)
    assert.deepStrictEqual(call.evidence, { unused: false, usage: usageOf(2, 2), final: true, delivered: 4 })
  })
})

describe("a vendor whose counts go back", () => {
  const heard = (...reports: ReadonlyArray<readonly [input: number, output: number, read: number, final: boolean]>) => {
    const call = new CallProgress()
    call.opened()
    for (const [input, output, read, final] of reports) call.used(usageOf(input, output, read), final)
    return settlementOf(hold, call.evidence)
  }

  it("T15: is charged the larger of what it said, input and output apart, and is flagged", () => {
    assert.deepInclude(heard([90, 1, 0, false], [70, 20, 0, true]), { usage: usageOf(90, 20), flagged: true })
    assert.deepInclude(heard([60, 40, 0, false], [60, 8, 0, true]), { usage: usageOf(60, 40), flagged: true })
    assert.deepInclude(heard([70, 30, 0, true], [1, 1, 0, true]), { usage: usageOf(70, 30), flagged: true })
  })

  it("is believed where it says the same twice, more, or divides its input anew", () => {
    assert.deepInclude(heard([70, 30, 0, true], [70, 30, 0, true]), { usage: usageOf(70, 30), basis: "usage" })
    assert.deepInclude(heard([70, 1, 0, false], [80, 30, 0, true]), { usage: usageOf(80, 30), flagged: false })
    assert.deepInclude(heard([90, 1, 0, false], [10, 20, 80, true]), { usage: usageOf(10, 20, 80), flagged: false })
  })
})
