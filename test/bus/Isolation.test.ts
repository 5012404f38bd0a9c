import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { firstDifference, play, steps, tenants } from "./isolation.ts"

/** The same ones in every run; `npm run test:long` plays more, and others each time. */
const runs = process.env["EXOCLAW_LONG"] === undefined ? { numRuns: 60, seed: 11 } : { numRuns: 1_000 }

it("B11: what a tenant sees is what it would see alone, whatever others do under the same names", async () => {
  await fc.assert(
    fc.asyncProperty(steps(150), async (schedule) =>
      assert.isUndefined(await Effect.runPromise(firstDifference(schedule)))
    ),
    // what differs is told; a smaller schedule would take long to find
    { ...runs, endOnFailure: true }
  )
}, 600_000)

it("B11: the same commands reach channels, messages, refusals and recoveries in all tenants", async () => {
  const [schedule = []] = fc.sample(steps(1_500), { numRuns: 1, seed: 3 })
  const { transcripts } = await Effect.runPromise(play(schedule, new Set(tenants.keys())))
  for (const transcript of transcripts) {
    const said = transcript.join("\n")
    for (const word of ["message", "presence", "private", "skipped", "forbidden", "not_found", "limit_exceeded", "gap"])
      assert.include(said, `"${word}"`)
  }
})
