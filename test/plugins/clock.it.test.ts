/** plugins/clock against the calendar of JavaScript. */
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import * as fc from "fast-check"
import { agreesWithManifest, answer, patience, refusal, withPlugin } from "./support.ts"

const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
const MINUTE = 60_000
const DAY = 86_400_000

/** Any moment of the years 1 to 9999, whole seconds. */
const first = Date.parse("0001-01-02T00:00:00Z") / 1000
const last = Date.parse("9999-12-30T00:00:00Z") / 1000
const second = fc.integer({ min: first, max: last })
const moment = fc.oneof(
  second,
  fc
    .integer({ min: 1, max: 9998 })
    .chain((year) =>
      fc
        .constantFrom("01-01T00:00:00", "02-28T23:59:59", "03-01T00:00:00", "12-31T23:59:59")
        .map((rest) => Date.parse(`${String(year).padStart(4, "0")}-${rest}Z`) / 1000)
    )
)
const offset = fc.integer({ min: -18 * 60, max: 18 * 60 })
const pad = (value: number) => String(value).padStart(2, "0")
const showOffset = (minutes: number) =>
  minutes === 0
    ? "Z"
    : `${minutes < 0 ? "-" : "+"}${pad(Math.floor(Math.abs(minutes) / 60))}:${pad(Math.abs(minutes) % 60)}`

/** As the plugin writes it. */
const shown = (millis: number, minutes = 0): string => {
  const local = new Date(millis + minutes * MINUTE)
  const text = local.toISOString().replace(/\.000Z$|Z$/, "")
  return `${text}${showOffset(minutes)}, ${days[local.getUTCDay()]}`
}
const written = (millis: number, minutes = 0) => shown(millis, minutes).split(", ")[0]!

layer(withPlugin("clock", { capabilities: ["clock"] }), patience)("clock", (it) => {
  it.effect("tells the time at any offset", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* answer("time_now", {}), "1970-01-01T00:00:00Z, Thursday")
      yield* TestClock.setTime(Date.parse("2026-02-28T23:30:15.250Z"))
      assert.strictEqual(yield* answer("time_now", { offset: "+02:00" }), "2026-03-01T01:30:15.250+02:00, Sunday")
      assert.strictEqual(yield* answer("time_now", { offset: "-0330" }), "2026-02-28T20:00:15.250-03:30, Saturday")
      for (const wrong of ["Berlin", "+2", "+25:00", "2:00", "+02:60"]) {
        assert.match(yield* refusal("time_now", { offset: wrong }), /is no offset from UTC/)
      }
    })
  )

  it.effect("knows every day of the calendar", () =>
    Effect.gen(function* () {
      for (const [time, minutes] of fc.sample(fc.tuple(moment, offset), { numRuns: 400, seed: 51 })) {
        const date = written(time * 1000, minutes)
        assert.strictEqual(yield* answer("date_add", { date }), shown(time * 1000, minutes))
      }
    })
  )

  it.effect("adds days and times as seconds do", () =>
    Effect.gen(function* () {
      const amounts = fc.tuple(
        moment,
        offset,
        fc.integer({ min: -5000, max: 5000 }),
        fc.integer({ min: -100, max: 100 }),
        fc.integer({ min: -1e6, max: 1e6 })
      )
      for (const [time, minutes, more, hours, seconds] of fc.sample(amounts, { numRuns: 300, seed: 52 })) {
        const to = time * 1000 + more * DAY + hours * 3_600_000 + seconds * 1000
        const input = { date: written(time * 1000, minutes), days: more, hours, seconds }
        const year = new Date(to + minutes * MINUTE).getUTCFullYear()
        if (year < 1 || year > 9999) assert.match(yield* refusal("date_add", input), /outside of the years/)
        else assert.strictEqual(yield* answer("date_add", input), shown(to, minutes))
      }
    })
  )

  it.effect("adds months to the same day, or to the last of a shorter month", () =>
    Effect.gen(function* () {
      const samples = fc.tuple(moment, fc.integer({ min: -300, max: 300 }), fc.integer({ min: -20, max: 20 }))
      for (const [time, months, years] of fc.sample(samples, { numRuns: 300, seed: 53 })) {
        const from = new Date(time * 1000)
        const input = { date: written(time * 1000), months, years }
        const target = new Date(time * 1000)
        target.setUTCDate(1)
        target.setUTCMonth(from.getUTCMonth() + months + 12 * years)
        const year = target.getUTCFullYear()
        if (year < 1 || year > 9999) {
          assert.match(yield* refusal("date_add", input), /outside of the years/)
          continue
        }
        const end = new Date(target)
        end.setUTCMonth(end.getUTCMonth() + 1, 0)
        target.setUTCDate(Math.min(from.getUTCDate(), end.getUTCDate()))
        assert.strictEqual(yield* answer("date_add", input), shown(target.getTime()))
      }
      assert.match(yield* answer("date_add", { date: "2024-01-31", months: 1 }), /^2024-02-29T/)
      assert.match(yield* answer("date_add", { date: "2026-01-31", months: 1, days: 1 }), /^2026-03-01T/)
      assert.match(yield* answer("date_add", { date: "2026-01-01", weeks: 2, days: null }), /^2026-01-15T/)
    })
  )

  it.effect("measures what lies between two dates", () =>
    Effect.gen(function* () {
      for (const [from, to] of fc.sample(fc.tuple(moment, moment), { numRuns: 300, seed: 54 })) {
        const said = yield* answer("date_between", { from: written(from * 1000), to: written(to * 1000) })
        const seconds = Math.abs(to - from)
        const whole = Math.floor(seconds / 86_400)
        assert.include(said, `(${whole} ${whole === 1 ? "day" : "days"} in all; ${seconds} seconds)`)
        assert.strictEqual(said.includes(" back ("), to < from)
        // adding what it says to the earlier one leads to the later one
        const units = Object.fromEntries(
          [...said.split(" (")[0]!.matchAll(/(\d+) (year|month|day|hour|minute|second)s?/g)].map(([, count, unit]) => [
            `${unit}s`,
            Number(count)
          ])
        )
        const added = yield* answer("date_add", { date: written(Math.min(from, to) * 1000), ...units })
        assert.strictEqual(added, shown(Math.max(from, to) * 1000), said)
      }
      const table: ReadonlyArray<readonly [string, string, string]> = [
        ["2026-01-01", "2026-01-01", "no time (0 days in all; 0 seconds)"],
        ["2024-02-29", "2025-02-28", "1 year (365 days in all; 31536000 seconds)"],
        [
          "2026-01-31T00:00:00+02:00",
          "2026-01-30T22:00:01.5Z",
          "1 second, 500 milliseconds (0 days in all; 1.5 seconds)"
        ]
      ]
      for (const [from, to, wanted] of table) assert.strictEqual(yield* answer("date_between", { from, to }), wanted)
    })
  )

  it.effect("refuses what is no date or no number", () =>
    Effect.gen(function* () {
      const wrong = [
        "",
        "tomorrow",
        "2026-02-29",
        "2026-13-01",
        "2026-1-1",
        "2026-01-01T24:00",
        "2026-01-01T10",
        "2026-01-01 10:00 CET",
        "0000-01-01",
        "2026-01-01T10:00:00.",
        "20260101"
      ]
      for (const date of wrong) assert.match(yield* refusal("date_add", { date }), /^date is not understood/, date)
      assert.match(yield* refusal("date_between", { from: "2026-01-01", to: 5 }), /^to is not understood/)
      assert.match(yield* refusal("date_add", { date: "2026-01-01", days: 1.5 }), /^days is no whole number\.$/)
      assert.match(yield* refusal("date_add", { date: "2026-01-01", days: "3" }), /^days is no whole number\.$/)
      assert.match(yield* refusal("date_add", { date: "2026-01-01", weeks: 1e300 }), /outside of the years/)
      assert.match(yield* refusal("date_add", { date: "9999-12-31", seconds: 86_400 }), /outside of the years/)
      assert.match(yield* refusal("date_add", { date: "0001-01-01", months: -1 }), /outside of the years/)
    })
  )

  it.effect("says in plugin.toml what it says when asked", () => agreesWithManifest)
})
