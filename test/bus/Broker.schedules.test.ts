import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import * as fc from "fast-check"
import { play, schedules } from "./schedule.ts"

/** The same ones in every run; `npm run test:long` plays more, and others each time. */
const runs = process.env["EXOCLAW_LONG"] === undefined ? { numRuns: 1_000, seed: 20 } : { numRuns: 10_000 }

it(`T33, B6, B11: over random schedules nobody misses what is not told, gets anything twice, or sees another tenant`, async () => {
  await fc.assert(
    fc.asyncProperty(schedules, (schedule) =>
      Effect.runPromise(play(schedule).pipe(Effect.scoped, Effect.provide(TestClock.layer())))
    ),
    runs
  )
}, 600_000)
