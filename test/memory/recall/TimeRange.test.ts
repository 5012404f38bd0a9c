import { assert, describe, it } from "vitest"
import * as fc from "fast-check"
import { civilOf, dayOf, dayOfCivil, showDay } from "../../../src/memory/Calendar.ts"
import { fit, timeHint } from "../../../src/memory/recall/TimeRange.ts"

/** A Monday. */
const now = Date.UTC(2024, 4, 20, 12)
const at = (year: number, month: number, day: number) => dayOfCivil({ year, month, day })

describe("days", () => {
  it("are their dates, and back", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), (day) => {
        assert.strictEqual(dayOfCivil(civilOf(day)), day)
        assert.deepStrictEqual(civilOf(dayOf(day * 86_400_000)), civilOf(day))
      })
    )
    assert.strictEqual(showDay(dayOf(now)), "Monday, 20 May 2024")
  })
})

describe("the days a question means", () => {
  const cases: ReadonlyArray<readonly [question: string, from: number, to: number]> = [
    ["What did I do yesterday?", at(2024, 5, 19), at(2024, 5, 19)],
    ["What did I say last week?", at(2024, 5, 13), at(2024, 5, 19)],
    ["Where was I last month?", at(2024, 4, 1), at(2024, 4, 30)],
    ["Where was I last Friday?", at(2024, 5, 17), at(2024, 5, 17)],
    ["the past three days", at(2024, 5, 17), at(2024, 5, 20)],
    ["What happened two weeks ago?", at(2024, 5, 3), at(2024, 5, 9)],
    ["Who came in May 2023?", at(2023, 5, 1), at(2023, 5, 31)],
    ["on 8 May, 2023", at(2023, 5, 8), at(2023, 5, 8)],
    ["on May 8th, 2023", at(2023, 5, 8), at(2023, 5, 8)],
    ["on 2023-05-08", at(2023, 5, 8), at(2023, 5, 8)],
    ["in 2022", at(2022, 1, 1), at(2022, 12, 31)],
    ["between March 2023 and June 2023", at(2023, 3, 1), at(2023, 6, 30)],
    ["since 2023", at(2023, 1, 1), Infinity],
    ["before March 2023", -Infinity, at(2023, 2, 28)],
    ["the day before yesterday", at(2024, 5, 18), at(2024, 5, 18)],
    ["What did I say on Friday?", at(2024, 5, 17), at(2024, 5, 17)],
    ["What did I say on Monday?", at(2024, 5, 20), at(2024, 5, 20)],
    ["everything since Thursday", at(2024, 5, 16), Infinity],
    ["Where was I last summer?", at(2023, 6, 1), at(2023, 8, 31)],
    ["Where was I last spring?", at(2023, 3, 1), at(2023, 5, 31)],
    ["What did I plant this spring?", at(2024, 3, 1), at(2024, 5, 31)],
    ["in the winter", at(2023, 12, 1), at(2024, 2, 29)],
    ["in the fall of 2022", at(2022, 9, 1), at(2022, 11, 30)],
    ["winter 2022", at(2022, 12, 1), at(2023, 2, 28)],
    ["Who called in the past week?", at(2024, 5, 13), at(2024, 5, 20)],
    ["Where was I this weekend?", at(2024, 5, 25), at(2024, 5, 26)],
    ["Where was I last weekend?", at(2024, 5, 18), at(2024, 5, 19)]
  ]
  for (const [question, from, to] of cases) {
    it(`are found: ${question}`, () => {
      assert.deepStrictEqual(timeHint(question, dayOf(now)), { _tag: "days", range: { from, to } })
    })
  }

  it("are the weekend that is on, on both of its days", () => {
    for (const today of [at(2024, 5, 18), at(2024, 5, 19)]) {
      const range = { from: at(2024, 5, 18), to: at(2024, 5, 19) }
      assert.deepStrictEqual(timeHint("Whom did I meet this weekend?", today), { _tag: "days", range })
      const before = { from: at(2024, 5, 11), to: at(2024, 5, 12) }
      assert.deepStrictEqual(timeHint("Whom did I meet last weekend?", today), { _tag: "days", range: before })
    }
  })

  it("are a month of any year where no year is named", () => {
    assert.deepStrictEqual(timeHint("What did I paint in October?", dayOf(now)), {
      _tag: "month",
      month: 10,
      day: undefined
    })
  })

  it("are not found where none is named", () => {
    for (const question of [
      "May I ask you something?",
      "I march on",
      "What is my dog's name?",
      "",
      "at last",
      "my Monday class",
      "I fall asleep",
      "spring onions"
    ]) {
      assert.isUndefined(timeHint(question, dayOf(now)), question)
    }
  })

  it("T29: are looked for in any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 0, max: 4e12 }), (text, moment) => {
        const hint = timeHint(text, dayOf(moment))
        if (hint !== undefined) assert.isAtLeast(fit(hint, dayOf(moment)), 0)
      })
    )
  })
})

describe("a day", () => {
  it("fits best where it is meant, less where it is near, and not where it is far", () => {
    const hint = timeHint("on 8 May, 2023", dayOf(now))
    assert.isDefined(hint)
    if (hint === undefined) return
    const fits = [0, 2, 6, 20, 60].map((away) => fit(hint, at(2023, 5, 8) + away))
    assert.deepStrictEqual(
      fits,
      fits.toSorted((a, b) => b - a)
    )
    assert.strictEqual(fits.at(-1), 0)
    assert.isAbove(fit(hint, at(2023, 5, 10)), fit(hint, at(2023, 5, 6)))
  })
})
