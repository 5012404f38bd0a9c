import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as fc from "fast-check"
import { calendar, periodsAt } from "../../src/budget/Period.ts"

const zone = (name: string) => DateTime.zoneMakeNamedUnsafe(name)
const at = (iso: string) => Date.parse(iso)
const iso = (millis: number) => new Date(millis).toISOString()

const zones = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Asia/Kolkata",
  "Pacific/Apia",
  "Australia/Lord_Howe",
  "America/Sao_Paulo",
  "Asia/Beirut"
]

describe("Period", () => {
  it("begins a day at midnight of its zone, also on the days of 23 and 25 hours", () => {
    const spring = periodsAt(zone("Europe/Berlin"), 1, at("2026-03-29T12:00:00Z")).day
    assert.deepStrictEqual(
      [spring.key, iso(spring.start), iso(spring.end)],
      ["2026-03-29", "2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z"]
    )
    const autumn = periodsAt(zone("Europe/Berlin"), 1, at("2026-10-25T12:00:00Z")).day
    assert.strictEqual(autumn.end - autumn.start, 25 * 3_600_000)
  })

  it("begins a day behind the gap where its midnight does not exist", () => {
    const day = periodsAt(zone("America/Sao_Paulo"), 1, at("2018-11-04T12:00:00Z")).day
    assert.deepStrictEqual([day.key, iso(day.start)], ["2018-11-04", "2018-11-04T03:00:00.000Z"])
    assert.strictEqual(day.end - day.start, 23 * 3_600_000)
  })

  it("begins a month on the day it is told to, over the end of a year too", () => {
    const before = periodsAt(zone("UTC"), 15, at("2026-01-14T23:59:59.999Z")).month
    assert.deepStrictEqual([before.key, iso(before.start)], ["2025-12-15", "2025-12-15T00:00:00.000Z"])
    assert.strictEqual(iso(before.end), "2026-01-15T00:00:00.000Z")
    const after = periodsAt(zone("UTC"), 15, at("2026-01-15T00:00:00Z")).month
    assert.deepStrictEqual([after.key, iso(after.end)], ["2026-01-15", "2026-02-15T00:00:00.000Z"])
    assert.strictEqual(periodsAt(zone("UTC"), 1, at("2026-12-31T12:00:00Z")).month.key, "2026-12-01")
    assert.strictEqual(iso(periodsAt(zone("UTC"), 1, at("2026-12-31T12:00:00Z")).month.end), "2027-01-01T00:00:00.000Z")
  })

  it("holds its instant and ends where the next begins, for any instant, zone and month start", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: at("1990-01-01T00:00:00Z"), max: at("2040-01-01T00:00:00Z") }),
        fc.constantFrom(...zones),
        fc.integer({ min: 1, max: 28 }),
        (instant, name, monthStart) => {
          const now = periodsAt(zone(name), monthStart, instant)
          for (const period of [now.day, now.month]) {
            assert.isAtMost(period.start, instant)
            assert.isAbove(period.end, instant)
          }
          assert.strictEqual(periodsAt(zone(name), monthStart, now.day.end).day.start, now.day.end)
          assert.strictEqual(periodsAt(zone(name), monthStart, now.month.end).month.start, now.month.end)
          assert.isAtMost(now.month.start, now.day.start)
          assert.isAtLeast(now.month.end, now.day.end)
        }
      ),
      { numRuns: 500 }
    )
  })

  it("answers the same from its memory as anew, forwards and backwards", () => {
    const remembered = calendar("America/New_York", 10)
    fc.assert(
      fc.property(fc.integer({ min: at("2026-03-01T00:00:00Z"), max: at("2026-04-01T00:00:00Z") }), (instant) => {
        assert.deepStrictEqual(remembered(instant), periodsAt(zone("America/New_York"), 10, instant))
      })
    )
  })

  it("counts days in UTC without the engine's tables of zones, and gives what they would", () => {
    const { prototype } = Intl.DateTimeFormat
    const asked = Object.getOwnPropertyDescriptor(prototype, "formatToParts") ?? {}
    const instant = at("2026-02-28T23:59:59.999Z")
    const expected = periodsAt(zone("UTC"), 15, instant)
    Object.defineProperty(prototype, "formatToParts", { ...asked, value: () => assert.fail("the tables were asked") })
    try {
      assert.deepStrictEqual(calendar("UTC", 15)(instant), expected)
    } finally {
      Object.defineProperty(prototype, "formatToParts", asked)
    }
  })
})
