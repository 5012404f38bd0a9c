/** What the loops of `scripts/kernel` give is what the same loops in the language give. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { Scratch } from "../../../src/memory/recall/Scratch.ts"

const generator = (seed: number) => {
  let state = seed
  return (): number => ((state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 8) / 2 ** 24
}
const signed = (random: () => number, length: number): Int8Array =>
  Int8Array.from({ length }, () => Math.floor(random() * 256) - 128)

const scratch = new Scratch()

const [scale, offset, norm] = [0.0123, 0.25, 1.75]

/** As they should be, and as they are. */
const cosines = (vector: Int8Array, rows: Int8Array, size: number, seed: number): [Float32Array, Float32Array] => {
  const random = generator(seed)
  scratch.fit(size)
  const scales = scratch.floats("scales", size).map(random)
  const lengths = scratch.floats("middles", size).map((_, row) => (row % 7 === 3 ? 0 : random()))
  scratch.floats("scales", size).set(scales)
  scratch.floats("middles", size).set(lengths)
  scratch.compare(vector, rows, size, scale, offset, norm)
  const expected = Float32Array.from({ length: size }, (_, row) => {
    const product = vector.reduce((sum, x, d) => sum + x * (rows[row * vector.length + d] ?? 0), 0)
    const length = lengths[row] ?? 0
    return length === 0 ? 0 : (product * scale * (scales[row] ?? 0) - offset) / (length * norm)
  })
  return [expected, scratch.floats("cosines", size).slice()]
}

describe("the loops of recall", () => {
  it("compare a vector with any number of rows, one question after the other", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 0, max: 300 }), fc.integer(), (d, size, seed) => {
        const random = generator(seed)
        // what stands behind the last row is none of it
        const [expected, found] = cosines(signed(random, d), signed(random, d * size + 40), size, seed)
        assert.deepStrictEqual(found, expected)
      }),
      { numRuns: 200 }
    )
  })

  it("compare the largest components, the longest vector, and more rows than go at once", () => {
    const largest = new Int8Array(65_535 * 2).fill(-128)
    const [expected, found] = cosines(largest.subarray(0, 65_535), largest, 2, 1)
    assert.deepStrictEqual(found, expected)
    const random = generator(5)
    for (const [dimensions, size] of [
      [3, 4_096],
      [3, 4_097],
      [3_072, 50]
    ] as const) {
      const [wanted, got] = cosines(signed(random, dimensions), signed(random, dimensions * size), size, size)
      assert.deepStrictEqual(got, wanted)
    }
  })

  it("find the rows with the highest scores, of equal ones the later, in their order", () => {
    const score = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.float({ noNaN: true }))
    fc.assert(
      fc.property(fc.array(score, { minLength: 2, maxLength: 300 }), fc.nat(), (all, some) => {
        const size = all.length
        const limit = 1 + (some % (size - 1))
        scratch.fit(size)
        const scores = scratch.floats("score", size)
        scores.set(all)
        const value = (row: number) => scores[row] ?? 0
        const expected = all
          .map((_, row) => row)
          .toSorted((a, b) => value(b) - value(a) || b - a)
          .slice(0, limit)
          .toSorted((a, b) => a - b)
        const [scoreAt, valuesAt, rowsAt] = [scratch.at("score"), scratch.at("touched"), scratch.at("rows")]
        scratch.kernel.best(size, limit, scoreAt, valuesAt, rowsAt)
        assert.deepStrictEqual([...scratch.integers("rows", limit)], expected)
      })
    )
  })

  it("give each row the mean of the best three of its session, one question after the other", () => {
    const row = fc.tuple(fc.nat(9), fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }))
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), (all) => {
        const size = all.length
        scratch.fit(Math.max(10, size))
        scratch.integers("sessions", size).set(all.map(([session]) => session))
        scratch.column("base", size).set(all.map(([, value]) => value))
        scratch.integers("found", 10).fill(0)
        const places = scratch.at("found")
        const [sessions, base] = [scratch.at("sessions"), scratch.at("base")]
        scratch.kernel.sessionMeans(size, sessions, base, places, scratch.at("best0"), scratch.at("session"))
        const expected = all.map(([session]) => {
          const values = all.filter(([other]) => other === session).map(([, value]) => value)
          return (
            values
              .toSorted((a, b) => b - a)
              .slice(0, 3)
              .reduce((sum, value) => sum + value, 0) / 3
          )
        })
        assert.deepStrictEqual([...scratch.column("session", size)], expected)
        assert.deepStrictEqual(
          [...scratch.integers("found", 10)],
          Array.from({ length: 10 }, () => 0)
        )
      })
    )
  })

  it("add a term's counts to its rows and those near them, each weighed by its length", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer(), (size, seed) => {
        const random = generator(seed)
        scratch.fit(size)
        const ends = Array.from({ length: size }, () => random() < 0.3)
        const previous = ends.map((isEnd, row) => (row === 0 || isEnd ? -1 : row - 1))
        const following = ends.map((_, row) => (row + 1 < size && !ends[row + 1] ? row + 1 : -1))
        const found = ends.map((_, row) => row).filter(() => random() < 0.4)
        const times = found.map(() => 1 + Math.floor(random() * 4))
        const lengths = Float32Array.from(ends, () => 1 + Math.floor(random() * 20))
        scratch.integers("previous", size).set(previous)
        scratch.integers("following", size).set(following)
        scratch.floats("lengths", size).set(lengths)
        scratch.found.rows.set(found)
        scratch.found.times.set(times)
        const score = scratch.zeros("wordSum", size)
        const coverage = scratch.zeros("coverageSum", size)
        const [rowsAt, timesAt] = [scratch.at("found"), scratch.at("times")]
        const [before, behind, lengthsAt] = [scratch.at("previous"), scratch.at("following"), scratch.at("lengths")]
        const [counts, covered, touched] = [scratch.at("counts"), scratch.at("covered"), scratch.at("touched")]
        const [scoreAt, coverageAt] = [scratch.at("wordSum"), scratch.at("coverageSum")]
        const near = [1, 0.5, 0.25] as const
        scratch.kernel.term(
          found.length,
          rowsAt,
          timesAt,
          before,
          behind,
          lengthsAt,
          counts,
          covered,
          touched,
          ...near,
          2.5,
          9,
          0.5,
          scoreAt,
          coverageAt
        )
        const steps = (from: number, to: number): number => {
          if (from === to) return 0
          const [low, high] = from < to ? [from, to] : [to, from]
          return high - low <= 2 && !ends.slice(low + 1, high + 1).includes(true) ? high - low : 3
        }
        for (let row = 0; row < size; row++) {
          let count = 0
          let cover = 0
          found.forEach((from, i) => {
            const away = steps(from, row)
            count += (near[away] ?? 0) * (times[i] ?? 0)
            cover = Math.max(cover, [1, 0.6, 0.3][away] ?? 0)
          })
          const part = 1.2 * (0.25 + (0.75 * (lengths[row] ?? 0)) / 9)
          assert.closeTo(score[row] ?? NaN, (2.5 * count * 2.2) / (count + part), 1e-5)
          assert.closeTo(coverage[row] ?? NaN, cover * 0.5, 1e-6)
        }
        // the next term finds them empty
        assert.isTrue(scratch.floats("counts", size).every((x) => x === 0))
        assert.isTrue(scratch.floats("covered", size).every((x) => x === 0))
      })
    )
  })

  it("begin with zeros where they count, also after more room was made", () => {
    const own = new Scratch()
    own.fit(10)
    own.floats("score", 10).fill(7)
    own.fit(100_000)
    assert.isTrue(own.floats("counts", 100_000).every((x) => x === 0))
    assert.isTrue(own.floats("covered", 100_000).every((x) => x === 0))
    assert.isAtMost(
      own.at("said") + 800 * 8,
      own.kernel.memory.buffer.byteLength,
      "the last list ends where the memory does"
    )
  })
})
