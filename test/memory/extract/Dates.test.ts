import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { civilOf, dayOfCivil as dayOf } from "../../../src/memory/Calendar.ts"
import { iso, isDate, monthAway, sameDayAway, weekdayOf } from "../../../src/memory/extract/Civil.ts"
import { readDate } from "../../../src/memory/extract/Dates.ts"
import { type Lean, showWhen } from "../../../src/memory/extract/DateWords.ts"
import { tokenise } from "../../../src/memory/extract/Token.ts"

// a Wednesday
const today = dayOf({ year: 2026, month: 3, day: 11 })
const shown = (text: string, lean: Lean = "future"): string | undefined => {
  const tokens = tokenise(text)
  const read = readDate(tokens, 0, today, lean)
  return read === undefined || read.next !== tokens.length ? undefined : showWhen(read.value)
}

describe("the calendar", () => {
  it("agrees with JavaScript's own over 400 years", () => {
    fc.assert(
      fc.property(fc.integer({ min: -80_000, max: 80_000 }), (day) => {
        const date = new Date(day * 86_400_000)
        const civil = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
        assert.deepStrictEqual(civilOf(day), civil)
        assert.strictEqual(dayOf(civil), day)
        assert.strictEqual(weekdayOf(day), (date.getUTCDay() + 6) % 7)
        assert.strictEqual(iso(day), date.toISOString().slice(0, 10))
      })
    )
  })

  it("counts months, and ends them where they end", () => {
    assert.strictEqual(iso(monthAway(today, -3)), "2025-12-01")
    assert.strictEqual(iso(sameDayAway(dayOf({ year: 2024, month: 1, day: 31 }), 1)), "2024-02-29")
    assert.isFalse(isDate({ year: 2025, month: 2, day: 29 }))
    assert.isFalse(isDate({ year: 2025, month: 13, day: 1 }))
  })
})

describe("time expressions", () => {
  const table: ReadonlyArray<readonly [string, string | undefined, Lean?]> = [
    ["today", "2026-03-11"],
    ["yesterday", "2026-03-10"],
    ["yesterday evening", "2026-03-10"],
    ["the day before yesterday", "2026-03-09"],
    ["tomorrow at 3pm", "2026-03-12"],
    ["the day after tomorrow", "2026-03-13"],
    ["last night", "2026-03-10"],
    ["two days ago", "2026-03-09"],
    ["a week ago", "2026-03-04"],
    ["a couple of weeks ago", "2026-02-25"],
    ["three months ago", "December 2025"],
    ["five years ago", "2021"],
    ["in two weeks", "2026-03-25"],
    ["a fortnight ago", "2026-02-25"],
    ["three days from now", "2026-03-14"],
    ["last week", "the week of 2026-03-02"],
    ["this week", "the week of 2026-03-09"],
    ["next weekend", "the weekend of 2026-03-21"],
    ["last weekend", "the weekend of 2026-03-07"],
    ["last month", "February 2026"],
    ["next year", "2027"],
    ["last Friday", "2026-03-06"],
    ["next Friday", "2026-03-13"],
    ["last Wednesday", "2026-03-04"],
    ["on Friday", "2026-03-13"],
    ["on Friday", "2026-03-06", "past"],
    ["on Wednesday", "2026-03-18"],
    ["last summer", "summer 2025"],
    ["this summer", "summer 2026"],
    ["next spring", "spring 2027"],
    ["last March", "March 2025"],
    ["last January", "January 2026"],
    ["next January", "January 2027"],
    ["in May", "May 2026"],
    ["in May", "May 2025", "past"],
    ["May 2023", "May 2023"],
    ["3 May", "2026-05-03"],
    ["3 May", "2025-05-03", "past"],
    ["May 3rd", "2026-05-03"],
    ["the 3rd of May 2023", "2023-05-03"],
    ["on May 3rd, 2023 at 10:30", "2023-05-03"],
    ["2023-05-07", "2023-05-07"],
    ["7.5.2023", "2023-05-07"],
    ["25/12/2023", "2023-12-25"],
    ["12/25/2023", "2023-12-25"],
    ["5/5/2023", "2023-05-05"],
    ["in 2019", "2019"],
    ["since 2019", "2019"],
    // read in two ways, or not a date
    ["3/4/2023", undefined],
    ["30 February", undefined],
    ["2023-13-01", undefined],
    ["2019", undefined],
    ["may", undefined],
    ["in 12345", undefined],
    ["a dog ago", undefined],
    ["3 days", undefined],
    ["the other one", undefined]
  ]
  for (const [text, expected, lean] of table) {
    it(`reads ${JSON.stringify(text)}${lean === undefined ? "" : ` of the ${lean}`} as ${expected ?? "no date"}`, () =>
      assert.strictEqual(shown(text, lean), expected))
  }

  it("T29: reads any tokens, and never past their end", () => {
    const word = fc.constantFrom(
      ..."last next this the in on ago may May 3 3rd 2023 week weeks a few friday from now of , at summer \u0130 99999999".split(
        " "
      )
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), fc.integer({ min: -700_000, max: 2_000_000 }), (parts, day) => {
        const tokens = tokenise(parts.join(" "))
        for (let i = 0; i <= tokens.length; i++) {
          const read = readDate(tokens, i, day, "past")
          if (read === undefined) continue
          assert.isAbove(read.next, i)
          assert.isAtMost(read.next, tokens.length)
          assert.isAtMost(read.value.from, read.value.to)
          assert.isNotEmpty(showWhen(read.value))
        }
      })
    )
  })
})
