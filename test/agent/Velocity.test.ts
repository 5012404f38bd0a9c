import { assert, describe, it } from "@effect/vitest"
import { derivedPerMinute, tooFast } from "../../src/agent/Velocity.ts"
import { usageOf } from "../budget/fixtures.ts"

const at = (...settled: ReadonlyArray<number>) => settled.map((settledAt) => ({ settledAt, usage: usageOf(90, 10) }))

describe("T17: how fast a run spends", () => {
  it("counts the last minute only, and calls, not one large one", () => {
    assert.strictEqual(tooFast(at(1, 2, 3, 4), 1_000, 399), 400)
    assert.isUndefined(tooFast(at(1, 2, 3, 4), 1_000, 400))
    assert.isUndefined(tooFast(at(1, 2, 3), 1_000, 1))
    assert.isUndefined(tooFast(at(0, 1, 2, 3, 60_000), 60_001, 399))
    assert.strictEqual(tooFast(at(0, 2, 3, 4, 60_000), 60_001, 399), 400)
    assert.isUndefined(tooFast(at(1, 2, 3, 4), 1_000, undefined))
  })

  it("may be an eighth of a day's tokens, and never little", () => {
    assert.strictEqual(derivedPerMinute(2_000_000), 250_000)
    assert.strictEqual(derivedPerMinute(1_000), 100_000)
    assert.isUndefined(derivedPerMinute("unlimited"))
  })
})
