import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as fc from "fast-check"
import { cronMistake } from "../../src/schedule/CronText.ts"
import { parseInterval } from "../../src/schedule/Interval.ts"
import { latestSlot, nextSlot, type Plan, plan as cron, slotsBetween } from "../../src/schedule/Plan.ts"

const at = (iso: string) => Date.parse(iso)
const day = 86_400_000

const planOf = (text: string, zone = "UTC"): Plan => {
  const plan = cron(text, zone)
  if (plan === undefined) throw new Error(`no plan: ${text} ${zone}`)
  return plan
}

const slots = (text: string, zone: string, from: string, to: string) =>
  slotsBetween(planOf(text, zone), at(from), at(to), 10_000).map((slot) => new Date(slot).toISOString())

/** Zones with gaps at night, at midnight and of half an hour, with odd offsets, of both hemispheres, and without any. */
const zones = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/St_Johns",
  "America/Santiago",
  "America/Havana",
  "Africa/Cairo",
  "Asia/Kolkata",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "Pacific/Auckland"
] as const

/** Instants at which an offset changes, found by halving. */
const changes = (zone: string, from: number, to: number): ReadonlyArray<number> => {
  const named = DateTime.zoneMakeNamedUnsafe(zone)
  const offset = (instant: number) => DateTime.zonedOffset(DateTime.makeZonedUnsafe(instant, { timeZone: named }))
  const found: Array<number> = []
  for (let start = from; start < to; start += 7 * day) {
    if (offset(start) === offset(start + 7 * day)) continue
    let [low, high] = [start, start + 7 * day]
    while (high - low > 1000) {
      const middle = Math.floor((low + high) / 2)
      if (offset(middle) === offset(low)) low = middle
      else high = middle
    }
    found.push(high)
  }
  return found
}

const years = [at("2024-01-01T00:00:00Z"), at("2029-01-01T00:00:00Z")] as const
const shifts = zones.flatMap((zone) => changes(zone, ...years).map((instant) => ({ zone, instant })))

const local = (zone: string, instant: number) =>
  DateTime.toParts(DateTime.makeZonedUnsafe(instant, { timeZone: DateTime.zoneMakeNamedUnsafe(zone) }))

describe("a cron plan", () => {
  it("knows the changes of the clocks that it is tested with", () => {
    assert.isAbove(shifts.length, 80)
  })

  it("T34: runs a time of day once on every date, also where clocks skip it or show it twice", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...shifts),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        ({ instant, zone }, hour, minute) => {
          const plan = planOf(`${minute} ${hour} * * *`, zone)
          const found = slotsBetween(plan, instant - 6 * day, instant + 6 * day, 100)
          const dates = found.map((slot) => {
            const { day: date, month } = local(zone, slot)
            return `${month}-${date}`
          })
          assert.strictEqual(new Set(dates).size, dates.length, dates.join())
          assert.isAtLeast(dates.length, 11)
          for (const [index, slot] of found.entries()) {
            const parts = local(zone, slot)
            // where the time is there it is that time; else it lies behind the gap
            if (parts.hour !== hour || parts.minute !== minute) {
              assert.isBelow(Math.abs(slot - instant), 2 * 3_600_000)
              assert.isAbove(parts.hour * 60 + parts.minute, hour * 60 + minute)
            }
            if (index > 0) assert.isAbove(slot, found[index - 1] ?? 0)
          }
        }
      ),
      { numRuns: 60 }
    )
  })

  it("of every hour runs in each real hour, however the clocks are set", () => {
    fc.assert(
      fc.property(fc.constantFrom(...shifts), fc.integer({ min: 0, max: 59 }), ({ instant, zone }, minute) => {
        const found = slotsBetween(planOf(`${minute} * * * *`, zone), instant - day, instant + day, 100)
        for (const [index, slot] of found.entries()) {
          const before = found[index - 1]
          if (before === undefined) continue
          assert.isAtMost(slot - before, 3_600_000 + 30 * 60_000)
          assert.isAbove(slot, before)
        }
        assert.isAtLeast(found.length, 46)
      }),
      { numRuns: 60 }
    )
  })

  it("finds the same slots forwards, backwards and in pieces", () => {
    const field = (max: number, min = 0) =>
      fc.oneof(
        fc.constant("*"),
        fc.integer({ min, max }).map(String),
        fc.integer({ min: 2, max: Math.min(20, max) }).map((step) => `*/${step}`),
        fc
          .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
          .map((two) => two.toSorted((a, b) => a - b).join("-"))
      )
    const expression = fc
      .tuple(field(59), field(23), fc.oneof(fc.constant("*"), field(28, 1)), fc.constant("*"), field(6))
      .map((fields) => fields.join(" "))
    fc.assert(
      fc.property(
        fc.constantFrom(...shifts),
        expression,
        fc.integer({ min: 0, max: 2 * day }),
        fc.integer({ min: 0, max: day }),
        ({ instant, zone }, text, before, after) => {
          const plan = planOf(text, zone)
          const [from, to] = [instant - before, instant + after]
          const all = slotsBetween(plan, from, to, 10_000)
          const middle = from + Math.floor((to - from) / 3)
          const pieces = [...slotsBetween(plan, from, middle, 10_000), ...slotsBetween(plan, middle, to, 10_000)]
          assert.deepStrictEqual(pieces, all)
          const next = nextSlot(plan, from)
          if (all.length > 0) assert.strictEqual(next, all[0])
          else assert.isAbove(next ?? Infinity, to)
          const last = latestSlot(plan, to)
          if (all.length > 0) assert.strictEqual(last, all.at(-1), `${text} ${zone}`)
          else assert.isAtMost(last ?? 0, from)
          for (const slot of all.slice(-3)) assert.strictEqual(latestSlot(plan, slot), slot)
        }
      ),
      { numRuns: 40 }
    )
  })

  it("takes the ends of months and leap days as they come", () => {
    assert.deepStrictEqual(slots("0 0 31 * *", "UTC", "2026-01-01T00:00:00Z", "2026-08-01T00:00:00Z"), [
      "2026-01-31T00:00:00.000Z",
      "2026-03-31T00:00:00.000Z",
      "2026-05-31T00:00:00.000Z",
      "2026-07-31T00:00:00.000Z"
    ])
    assert.deepStrictEqual(slots("0 12 29 2 *", "Europe/Berlin", "2026-01-01T00:00:00Z", "2033-01-01T00:00:00Z"), [
      "2028-02-29T11:00:00.000Z",
      "2032-02-29T11:00:00.000Z"
    ])
    assert.deepStrictEqual(slots("30 7 * * mon-fri", "Europe/Berlin", "2026-10-23T00:00:00Z", "2026-10-27T00:00:00Z"), [
      "2026-10-23T05:30:00.000Z",
      "2026-10-26T06:30:00.000Z"
    ])
  })

  it("is none where the day never comes, the zone is unknown, or a field is missing", () => {
    assert.isUndefined(cron("0 0 30 2 *", "UTC"))
    assert.isUndefined(cron("0 0 * * *", "Europe/Nowhere"))
    assert.isUndefined(cron("0 0 * *", "UTC"))
    assert.isUndefined(cron("0 0 0 * * *", "UTC"))
    assert.isUndefined(cron("@every 30s", "UTC"))
  })
})

describe("a mistaken cron expression", () => {
  for (const [text, sentence] of [
    ["0 25 * * *", /its hour is "25", and takes 0 to 23\.$/],
    ["60 * * * *", /its minute is "60"/],
    ["0 9 * * mno", /its day of the week is "mno", and takes 0 to 7 or sun to sat; did you mean "mon"\?$/],
    ["0 9 * jna *", /its month .* did you mean "jan"\?$/],
    ["0 9 32 * *", /its day of the month is "32"/],
    ["*/0 * * * *", /its minute/],
    ["@every 30s", /a span from "@every 1m" to "@every 366d"/],
    ["@often", /has 1 fields/],
    ["@daily", /write "0 0 \* \* \*" instead\.$/],
    ["0 9 * *", /has 4 fields and needs five: minute, hour/],
    ["0 0 9 * * *", /has 6 fields/]
  ] as const) {
    it(`says what is wrong with ${text}`, () => {
      assert.match(cronMistake(text) ?? "", sentence)
    })
  }

  it("is none of these", () => {
    for (const text of ["* * * * *", "0 9 * * mon-fri", "*/15 8-18 1,15 * *", " 0  0 1 jan,jul 7 ", "@every 15m"]) {
      assert.isUndefined(cronMistake(text), text)
    }
  })
})

describe("a plan of a span", () => {
  it("has the same slots whenever it is asked, however the asking is cut", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 0, max: 4e12 }), (minutes, now) => {
        const plan = planOf(`@every ${minutes}m`)
        const next = nextSlot(plan, now) ?? 0
        const last = latestSlot(plan, now) ?? 0
        assert.strictEqual(next % (minutes * 60_000), 0)
        assert.strictEqual(next - last, minutes * 60_000)
        assert.isTrue(last <= now && now < next)
        assert.deepStrictEqual(slotsBetween(plan, now, next, 10), [next])
        assert.strictEqual(latestSlot(plan, next), next)
      })
    )
  })

  it("is from a minute to a year", () => {
    assert.strictEqual(parseInterval("1m"), 60_000)
    assert.strictEqual(parseInterval("36h"), 129_600_000)
    assert.strictEqual(parseInterval("366d"), 366 * day)
    for (const text of ["", "0m", "30s", "1", "1.5h", "-1m", "367d", "01m", "1w", "1m "]) {
      assert.isUndefined(parseInterval(text), text)
    }
  })
})
