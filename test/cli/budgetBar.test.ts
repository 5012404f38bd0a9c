import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { shown } from "../../layers/cli/budget.ts"
import { bar, lightOf, percent, type Standing } from "../../layers/cli/budgetBar.ts"

const standing = (part: Partial<Standing> = {}): Standing => ({
  limit: 2_400,
  spent: 600,
  held: 200,
  warnAt: 1_800,
  pauseAt: 2_160,
  ...part
})

describe("the bar of an account", () => {
  it("shows what is spent, held and free, and the marks that are still to come", () => {
    assert.strictEqual(bar(standing()), "[######==----------w--p--]")
    assert.strictEqual(bar(standing({ spent: 1_900, held: 0 })), "[###################--p--]")
    assert.strictEqual(bar(standing({ warnAt: null, pauseAt: null, held: 0 })), "[######------------------]")
    assert.strictEqual(bar(standing({ spent: 2_400, held: 0 })), "[########################]")
    assert.strictEqual(bar(standing({ limit: 0, spent: 0, held: 0, warnAt: 0 })), "[------------------------]")
  })

  it("never shows something as nothing, nor what is not full as full", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), fc.nat(10_000_000), (limit, some) => {
        const spent = some % (limit + 1)
        const shown = bar({ limit, spent, held: 0, warnAt: null, pauseAt: null })
        assert.lengthOf(shown, 26)
        assert.strictEqual(shown.includes("#"), spent > 0)
        assert.strictEqual(shown.includes("-"), spent < limit)
        const part = percent({ limit, spent, held: 0, warnAt: null, pauseAt: null })
        assert.deepStrictEqual([part === "100%", part === "0%"], [spent >= limit, spent === 0])
      })
    )
  })

  it("says what happens to the next call: nothing, a warning, a question, a refusal", () => {
    assert.deepStrictEqual(
      [0, 1_799, 1_800, 2_159, 2_160, 2_399, 2_400, 3_000].map((spent) => lightOf(standing({ spent }))),
      ["ok", "ok", "warned", "warned", "paused", "paused", "full", "full"]
    )
    assert.strictEqual(lightOf(standing({ spent: 2_399, warnAt: null, pauseAt: null })), "ok")
  })
})

describe("exoclaw budget", () => {
  const account = {
    ...standing(),
    scope: "day",
    key: "2026-03-02",
    unit: "tokens",
    since: 0,
    resetsAt: "2026-03-03T00:00:00.000Z",
    forecast: { expected: 3_000, exhaustsAt: Date.parse("2026-03-02T18:00:00Z") }
  } as const
  const lifelong = {
    ...account,
    scope: "tenant",
    key: "default",
    unit: "micros",
    limit: null,
    warnAt: null,
    pauseAt: null,
    since: null,
    resetsAt: null,
    forecast: null
  } as const

  it("shows bars, marks, what is left and where it will end", () => {
    assert.deepStrictEqual(shown([account, lifelong], false).split("\n"), [
      "ACCOUNT  OF            SPENT     HELD      LIMIT       LEFT  USED                            FORECAST                             RESETS AT",
      "day      2026-03-02      600      200       2400       1600  [######==----------w--p--] 25%  3000, full 2026-03-02T18:00:00.000Z  2026-03-03T00:00:00.000Z",
      "tenant   default     $0.0006  $0.0002  unlimited  unlimited  -                               -                                    -",
      ""
    ])
  })

  it("paints what warned, what waits and what is full, and nothing without colours", () => {
    const at = (spent: number, colors = true) => shown([{ ...account, spent }], colors).split("\n")[1] ?? ""
    assert.notInclude(at(600), "\u001b")
    assert.isTrue(at(1_800).startsWith("\u001b[33m") && at(1_800).endsWith("\u001b[39m"))
    assert.isTrue(at(2_160).startsWith("\u001b[33;1m"))
    assert.isTrue(at(2_400).startsWith("\u001b[31;1m"))
    assert.notInclude(at(2_400, false), "\u001b")
  })
})
