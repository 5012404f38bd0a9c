import { assert, describe, it } from "@effect/vitest"
import { plan } from "../../src/bus/routing/Recovery.ts"

const had = (offset: number, epoch = "e") => ({ epoch, offset })

describe("who comes back", () => {
  it("has missed nothing where it stands at the top, also where nothing is kept any more", () => {
    const complete = { outcome: "complete", holes: [], after: 9 } as const
    assert.deepStrictEqual(plan(had(9), { epoch: "e", first: 1, top: 9, from: 10 }), complete)
    assert.deepStrictEqual(plan(had(9), { epoch: "e", first: 10, top: 9, from: 10 }), complete)
    const fresh = { outcome: "complete", holes: [], after: 0 } as const
    assert.deepStrictEqual(plan(had(0), { epoch: "e", first: 1, top: 0, from: 1 }), fresh)
  })

  it("recovers what is between, where all of it is there", () => {
    const all = { outcome: "complete", holes: [], after: 4 } as const
    assert.deepStrictEqual(plan(had(4), { epoch: "e", first: 2, top: 9, from: 5 }), all)
    // read for somebody who had less
    assert.deepStrictEqual(plan(had(4), { epoch: "e", first: 2, top: 9, from: 3 }), all)
  })

  it("is told what is no longer kept, and what is too much at once, each apart", () => {
    assert.deepStrictEqual(plan(had(2), { epoch: "e", first: 5, top: 9, from: 5 }), {
      outcome: "gap",
      holes: [{ epoch: "e", from: 3, to: 4, reason: "trimmed" }],
      after: 4
    })
    assert.deepStrictEqual(plan(had(2), { epoch: "e", first: 1, top: 9, from: 7 }), {
      outcome: "gap",
      holes: [{ epoch: "e", from: 3, to: 6, reason: "limit" }],
      after: 6
    })
    assert.deepStrictEqual(plan(had(2), { epoch: "e", first: 5, top: 9, from: 7 }), {
      outcome: "gap",
      holes: [
        { epoch: "e", from: 3, to: 4, reason: "trimmed" },
        { epoch: "e", from: 5, to: 6, reason: "limit" }
      ],
      after: 6
    })
    assert.deepStrictEqual(plan(had(2), { epoch: "e", first: 10, top: 9, from: 10 }), {
      outcome: "gap",
      holes: [{ epoch: "e", from: 3, to: 9, reason: "trimmed" }],
      after: 9
    })
  })

  it("with an unknown epoch or none is told so, and gets what is kept (Centrifugo's empty epoch matched any)", () => {
    for (const epoch of ["", "f"]) {
      assert.deepStrictEqual(plan(had(4, epoch), { epoch: "e", first: 3, top: 9, from: 3 }), {
        outcome: "gap",
        holes: [{ epoch: "e", from: 1, to: 2, reason: "epoch" }],
        after: 2
      })
    }
  })

  it("with an offset that was never given is not believed", () => {
    assert.deepStrictEqual(plan(had(12), { epoch: "e", first: 1, top: 9, from: 10 }), {
      outcome: "gap",
      holes: [{ epoch: "e", from: 1, to: 9, reason: "epoch" }],
      after: 9
    })
  })
})
