/** Days as people in a time zone count them: by its clock, changes of it included. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fc from "fast-check"
import * as LocalRecall from "../../layers/memory/LocalRecall.ts"
import * as StaticEmbedder from "../../layers/memory/StaticEmbedder.ts"
import * as Zone from "../../layers/memory/Zone.ts"
import { dayOf, dayOfCivil } from "../../src/memory/Calendar.ts"
import type { MemoryTurn } from "../../src/memory/MemoryTurn.ts"
import { Recall } from "../../src/memory/Recall.ts"
import { render } from "../../src/memory/RecallText.ts"
import { scopeFor } from "./fixtures.ts"
import * as stores from "../../layers/memory/MemoryMemory.ts"

const zones = [
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "Asia/Kathmandu",
  "Africa/Casablanca",
  "America/St_Johns"
]

const shown = (zone: string, at: number): number => {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "numeric", day: "numeric" })
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  return dayOfCivil({ year: parts.get("year") ?? 0, month: parts.get("month") ?? 0, day: parts.get("day") ?? 0 })
}

describe("the day in a zone", () => {
  it("is the calendar's there, at any moment, in any order of asking", () => {
    const days = new Map(zones.map((zone) => [zone, Zone.dayIn(zone)]))
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.UTC(1950, 0, 1), max: Date.UTC(2090, 0, 1) }),
        (zone, at) => {
          assert.strictEqual(days.get(zone)?.(at), shown(zone, at))
        }
      ),
      { numRuns: 500 }
    )
  })

  it("changes at midnight by the clock, also on the days that the clock is changed, and where one was left out", () => {
    const berlin = Zone.dayIn("Europe/Berlin")
    // summer time began at 01:00 UTC on 31 March 2024, and ended on 27 October
    for (const [midnight, day] of [
      [Date.UTC(2024, 2, 30, 23), Date.UTC(2024, 2, 31)],
      [Date.UTC(2024, 2, 31, 22), Date.UTC(2024, 3, 1)],
      [Date.UTC(2024, 9, 26, 22), Date.UTC(2024, 9, 27)],
      [Date.UTC(2024, 9, 27, 23), Date.UTC(2024, 9, 28)]
    ] as const) {
      assert.strictEqual(berlin(midnight), dayOf(day))
      assert.strictEqual(berlin(midnight - 1), dayOf(day) - 1)
    }
    // there was no 30 December 2011 in Samoa
    const apia = Zone.dayIn("Pacific/Apia")
    assert.strictEqual(apia(Date.UTC(2011, 11, 30, 10)), dayOf(Date.UTC(2011, 11, 31)))
    assert.strictEqual(apia(Date.UTC(2011, 11, 30, 10) - 1), dayOf(Date.UTC(2011, 11, 29)))
  })

  it("is some day for any number, near that of UTC", () => {
    const days = Zone.dayIn("Pacific/Auckland")
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (at) => {
        assert.isAtMost(Math.abs(days(at) - dayOf(at)), 2)
      })
    )
    for (const at of [8.64e15, -8.64e15, Number.MAX_SAFE_INTEGER, -1e300]) days(at)
  })
})

const alice = scopeFor("alice")
const said = (id: string, at: number, text: string): MemoryTurn => ({
  id,
  conversation: "talk",
  at,
  role: "user",
  speaker: undefined,
  text,
  turn: undefined
})

/** 8 in the evening of 2 May in New York, which is 3 May already in UTC. */
const now = Date.UTC(2024, 4, 3, 0)
const turns = [
  // 9 in the evening of 30 April, and of 1 May, in New York
  said("before", Date.UTC(2024, 4, 1, 1), "I played tennis with Ann."),
  said("yesterday", Date.UTC(2024, 4, 2, 1), "I played tennis with Bob."),
  said("today", Date.UTC(2024, 4, 2, 15), "I played tennis with Eve."),
  ...Array.from({ length: 30 }, (_, i) => said(`talk ${i}`, now - (i + 9) * 86_400_000, `The weather is fine: ${i}.`))
]

const asked = (question: string, zone: string) =>
  Effect.gen(function* () {
    const recall = yield* Recall
    yield* recall.remember(alice, turns)
    return (yield* recall.recall(alice, question, { budgetTokens: 100, now })).hits
  }).pipe(
    Effect.provide(
      LocalRecall.layer.pipe(Layer.provide(Layer.mergeAll(StaticEmbedder.layer, stores.layer, Zone.layer(zone))))
    )
  )

describe("recall's days", () => {
  it.effect("are those of the zone: for a question, for what was said, and for the headers", () =>
    Effect.gen(function* () {
      const best = (zone: string) =>
        Effect.map(asked("Who did I play tennis with yesterday?", zone), (hits) => {
          const [first] = hits.toSorted((a, b) => b.score - a.score)
          return first?.turn.id
        })
      assert.strictEqual(yield* best("America/New_York"), "yesterday")
      const hits = yield* asked("Who did I play tennis with yesterday?", "America/New_York")
      assert.include(render(hits), "[Wednesday, 1 May 2024]\nuser: I played tennis with Bob.\n")
      assert.strictEqual(hits.find(({ turn }) => turn.id === "today")?.day, dayOf(Date.UTC(2024, 4, 2)))
    })
  )
})
