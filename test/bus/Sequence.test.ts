import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { Sequence, type Step } from "../../src/bus/routing/Sequence.ts"

const at = (offset: number, epoch = "e") => ({ epoch, offset })
const shown = (steps: ReadonlyArray<Step<string>>): ReadonlyArray<string> =>
  steps.map((step) =>
    step._tag === "deliver" ? step.item : `${step.hole.epoch} ${step.hole.from}-${step.hole.to} ${step.hole.reason}`
  )

/** A sequence that stands before everything, and what came out of it. */
const started = (offset = 0) => {
  const sequence = new Sequence<string>()
  sequence.start(at(offset))
  return sequence
}

describe("the order of a channel", () => {
  it("what comes too early waits, what comes twice comes once", () => {
    const sequence = started()
    assert.deepStrictEqual(shown(sequence.arrive(at(2), "two")), [])
    assert.isTrue(sequence.holds(at(2), "two"))
    assert.deepStrictEqual(shown(sequence.arrive(at(2), "two again")), [])
    assert.deepStrictEqual(shown(sequence.arrive(at(1), "one")), ["one", "two"])
    assert.deepStrictEqual(shown(sequence.arrive(at(1), "one again")), [])
    assert.deepStrictEqual(sequence.position, at(2))
  })

  it("before it is known where the channel stands, everything waits; what stands before that is past", () => {
    const sequence = new Sequence<string>()
    assert.deepStrictEqual(shown(sequence.arrive(at(4), "four")), [])
    assert.deepStrictEqual(shown(sequence.arrive(at(3), "three")), [])
    assert.deepStrictEqual(shown(sequence.arrive(at(2), "two")), [])
    assert.deepStrictEqual(shown(sequence.start(at(2))), ["three", "four"])
    assert.deepStrictEqual(shown(sequence.start(at(9))), [])
  })

  it("where nobody says where the channel stands, it begins with the first that came", () => {
    const sequence = new Sequence<string>()
    sequence.arrive(at(8), "eight")
    sequence.arrive(at(7), "seven")
    assert.deepStrictEqual(shown(sequence.startAnywhere()), ["seven", "eight"])
    assert.deepStrictEqual(shown(new Sequence<string>().startAnywhere()), [])
  })

  it("a hole is filled with what the history has, and told where it has not", () => {
    const sequence = started()
    sequence.arrive(at(5), "five")
    assert.deepStrictEqual(sequence.hole, { after: at(0), to: 4 })
    const found = [2, 3, 5, 6].map((offset) => ({ offset, item: `found ${offset}` }))
    assert.deepStrictEqual(shown(sequence.fill("e", found)), [
      "e 1-1 trimmed",
      "found 2",
      "found 3",
      "e 4-4 trimmed",
      "five"
    ])
    assert.isUndefined(sequence.hole)
  })

  it("what another epoch has fills no hole, and neither does an empty one", () => {
    for (const epoch of ["", "f"]) {
      const sequence = started()
      sequence.arrive(at(3), "three")
      assert.deepStrictEqual(shown(sequence.fill(epoch, [{ offset: 1, item: "foreign" }])), [
        "e 1-2 unavailable",
        "three"
      ])
    }
  })

  it("a new epoch is told, behind what was at hand of the old one", () => {
    const sequence = started()
    sequence.arrive(at(3), "three")
    assert.deepStrictEqual(shown(sequence.arrive(at(2, "f"), "new two")), [
      "e 1-2 unavailable",
      "three",
      "f 1-1 epoch",
      "new two"
    ])
    assert.deepStrictEqual(shown(sequence.arrive(at(3, "f"), "new three")), ["new three"])
  })

  it("does not wait for ever with ever more: beyond its bound what is missing is told", () => {
    const sequence = new Sequence<string>(2)
    sequence.start(at(0))
    sequence.arrive(at(2), "two")
    sequence.arrive(at(3), "three")
    assert.deepStrictEqual(shown(sequence.arrive(at(5), "five")), [
      "e 1-1 unavailable",
      "two",
      "three",
      "e 4-4 unavailable",
      "five"
    ])
  })

  it("goes on without anybody listening only where it knows the next position", () => {
    assert.isFalse(new Sequence<string>().pass(at(1)))
    const sequence = started()
    assert.isTrue(sequence.pass(at(1)))
    assert.isTrue(sequence.pass(at(1)))
    assert.isFalse(sequence.pass(at(3)))
    assert.isFalse(sequence.pass(at(2, "f")))
    sequence.arrive(at(3), "three")
    assert.isFalse(sequence.pass(at(2)))
    assert.deepStrictEqual(sequence.reset(), ["three"])
    assert.isUndefined(sequence.position)
  })

  it("in whatever order and however often things arrive, each leaves once, in order", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }).chain((count) =>
          fc.record({
            count: fc.constant(count),
            order: fc.shuffledSubarray(
              Array.from({ length: 2 * count }, (_, n) => (n % count) + 1),
              { minLength: 2 * count }
            ),
            start: fc.nat({ max: 60 })
          })
        ),
        ({ count, order, start }) => {
          const sequence = new Sequence<string>()
          const out: Array<string> = []
          for (const [index, offset] of order.entries()) {
            if (index === start) out.push(...shown(sequence.start(at(0))))
            out.push(...shown(sequence.arrive(at(offset), `${offset}`)))
          }
          out.push(...shown(sequence.start(at(0))))
          assert.deepStrictEqual(
            out,
            Array.from({ length: count }, (_, n) => `${n + 1}`)
          )
        }
      ),
      { numRuns: 500 }
    )
  })
})
