import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { type Course, forecast, recentSpan } from "../../src/budget/Forecast.ts"

const hour = 3_600_000
const day = (part: Partial<Course>): Course => ({
  start: 0,
  end: 24 * hour,
  now: 12 * hour,
  spent: 1_200,
  limit: null,
  recent: 300,
  ...part
})

describe("a forecast", () => {
  it("goes on as before where the recent rate is that of the period so far", () => {
    assert.strictEqual(recentSpan(0, 24 * hour), 3 * hour)
    assert.deepStrictEqual(forecast(day({})), { expected: 2_400, exhaustsAt: null })
  })

  it("heeds both rates: a quiet afternoon halves what is to come, a busy one doubles it and more", () => {
    assert.strictEqual(forecast(day({ recent: 0 })).expected, 1_800)
    assert.strictEqual(forecast(day({ recent: 900 })).expected, 3_600)
  })

  it("says when the limit will be reached, and that it is where it is", () => {
    assert.deepStrictEqual(forecast(day({ limit: 1_800 })), { expected: 2_400, exhaustsAt: 18 * hour })
    assert.isNull(forecast(day({ limit: 2_400 })).exhaustsAt)
    assert.strictEqual(forecast(day({ limit: 1_200 })).exhaustsAt, 12 * hour)
    assert.strictEqual(forecast(day({ limit: 0, spent: 0, recent: 0 })).exhaustsAt, 12 * hour)
  })

  it("knows yesterday evening while today is young, and is not carried away by its first minutes", () => {
    // ten minutes into the day: 60 tokens, 360 in the last three hours
    const young = forecast(day({ now: hour / 6, spent: 60, recent: 360 }))
    // 20 an hour by the day's own rate over three hours, 120 by the recent one
    assert.strictEqual(young.expected, Math.round(60 + 70 * (24 - 1 / 6)))
    assert.deepStrictEqual(forecast(day({ now: 0, spent: 0, recent: 0 })), { expected: 0, exhaustsAt: null })
  })

  it("is never less than what is spent, nor more at the end, and reaches a limit only if it expects more", () => {
    const times = fc.tuple(fc.integer({ min: 1, max: 40 * 24 * hour }), fc.double({ min: 0, max: 1, noNaN: true }))
    const amount = fc.nat(2_000_000_000)
    fc.assert(
      fc.property(times, amount, amount, fc.option(amount), ([length, at], spent, recent, limit) => {
        const now = Math.floor(length * at)
        const course = { start: 0, end: length, now, spent, recent, limit }
        const { exhaustsAt, expected } = forecast(course)
        assert.isTrue(Number.isSafeInteger(expected))
        assert.isAtLeast(expected, spent)
        assert.strictEqual(forecast({ ...course, now: length }).expected, spent)
        if (exhaustsAt !== null) {
          assert.isAtLeast(exhaustsAt, now)
          assert.isAtMost(exhaustsAt, length)
          assert.isAtLeast(expected, Math.min(limit ?? 0, spent))
        }
        if (limit !== null && expected > limit + 1) assert.isNotNull(exhaustsAt)
      })
    )
  })
})
