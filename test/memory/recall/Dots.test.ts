/** Products by WebAssembly are those of the language. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { eachProduct } from "../../../src/memory/recall/Dots.ts"

const expected = (vector: Int8Array, rows: Int8Array, size: number): ReadonlyArray<number> =>
  Array.from({ length: size }, (_, row) =>
    vector.reduce((sum, x, d) => sum + x * (rows[row * vector.length + d] ?? 0), 0)
  )

const found = (vector: Int8Array, rows: Int8Array, size: number): ReadonlyArray<number> => {
  const all: Array<number> = []
  eachProduct(vector, rows, size, (products, from) => products.forEach((one, i) => (all[from + i] = one)))
  return all
}

const generator = (seed: number) => {
  let state = seed
  return (): number => ((state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 16) & 0xff
}

describe("products of vectors", () => {
  it("are the same for any number of components and rows, one question after the other", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 0, max: 300 }),
        fc.integer(),
        (dimensions, size, seed) => {
          const random = generator(seed)
          const vector = Int8Array.from({ length: dimensions }, random)
          // what stands behind the last row is none of it
          const rows = Int8Array.from({ length: dimensions * size + 40 }, random)
          assert.deepStrictEqual(found(vector, rows, size), expected(vector, rows, size))
        }
      ),
      { numRuns: 200 }
    )
  })

  it("are right at the limits: the largest components, the longest vector, more rows than go at once", () => {
    const largest = new Int8Array(65_535 * 2).fill(-128)
    assert.deepStrictEqual(found(largest.subarray(0, 65_535), largest, 2), [65_535 * 16_384, 65_535 * 16_384])
    const random = generator(5)
    for (const [dimensions, size] of [
      [3, 4_096],
      [3, 4_097],
      [3_072, 50]
    ] as const) {
      const vector = Int8Array.from({ length: dimensions }, random)
      const rows = Int8Array.from({ length: dimensions * size }, random)
      assert.deepStrictEqual(found(vector, rows, size), expected(vector, rows, size))
    }
  })
})
