import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { falling } from "../../../src/memory/recall/Order.ts"

const values = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true })), { maxLength: 200 })

describe("places by falling value", () => {
  it("are those of a stable sort, and of equal ones the earlier or the later comes first", () => {
    fc.assert(
      fc.property(values, (all) => {
        const places = all.map((_, i) => i)
        const value = (place: number) => all[place] ?? 0
        assert.deepStrictEqual(
          [...falling(Float64Array.from(all), "earlier")],
          places.toSorted((a, b) => value(b) - value(a) || a - b)
        )
        assert.deepStrictEqual(
          [...falling(Float64Array.from(all), "later")],
          places.toSorted((a, b) => value(b) - value(a) || b - a)
        )
      })
    )
  })
})
