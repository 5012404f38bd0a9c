import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import * as fc from "fast-check"
import { conflating, type Op, play, schedules } from "./schedule.ts"

/** The same ones in every run; `npm run test:long` plays more, and others each time. */
const runs = process.env["EXOCLAW_LONG"] === undefined ? { numRuns: 1_000, seed: 20 } : { numRuns: 10_000 }

const holds = (arbitrary: fc.Arbitrary<ReadonlyArray<Op>>) =>
  fc.assert(
    fc.asyncProperty(arbitrary, (schedule) =>
      Effect.runPromise(play(schedule).pipe(Effect.scoped, Effect.provide(TestClock.layer())))
    ),
    runs
  )

it(`T33, B6, B11: over random schedules nobody misses what is not told, gets anything twice, or sees another tenant`, async () => {
  await holds(schedules)
}, 600_000)

it(`T33, B5: whoever is behind where messages conflate, and joins again with a position, is told of every hole in its place`, async () => {
  await holds(conflating)
}, 600_000)
