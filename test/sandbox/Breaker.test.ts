import { assert, it } from "@effect/vitest"
import * as fc from "fast-check"
import {
  after,
  BURST_MS,
  FORGIVEN_MS,
  KILLED_LIMIT,
  LIMIT,
  rest,
  REST_MS,
  SHARE,
  working
} from "../../src/sandbox/Breaker.ts"

it("T20: a plugin rests after so many costly failures in a row, then has one try", () => {
  let breaker = working
  for (let count = 1; count < LIMIT; count++) {
    breaker = after(breaker, "deadline", 1000, 0)
    assert.strictEqual(rest(breaker, 1000), 0)
  }
  breaker = after(breaker, "memory", 1000, 0)
  assert.strictEqual(rest(breaker, 1000), REST_MS)
  assert.strictEqual(rest(breaker, 1000 + REST_MS), 0)
  assert.strictEqual(rest(after(breaker, "crashed", 50_000, 0), 50_000), REST_MS)
  const well = after(breaker, undefined, 50_000, 0)
  assert.strictEqual(rest(after(well, "crashed", 50_000, 0), 50_000), 0)
})

it("a call that ended well in the meantime does not end a rest", () => {
  let breaker = working
  for (let count = 0; count < LIMIT; count++) breaker = after(breaker, "deadline", 0, 0)
  assert.strictEqual(rest(after(breaker, undefined, 10, 0), 10), REST_MS - 10)
})

it("failures that cost no process do not count, and a busy sandbox proves nothing", () => {
  const tired = after(after(working, "crashed", 0, 0), "crashed", 0, 0)
  for (const kind of ["trap", "quota", "bad_output", "denied"] as const)
    assert.strictEqual(after(tired, kind, 0, 0).failures, 0)
  assert.strictEqual(after(tired, "unavailable", 0, 0).failures, tired.failures)
})

it("T20: answering well in between does not hide a plugin that costs processes again and again", () => {
  let breaker = working
  let kills = 0
  while (rest(breaker, 0) === 0 && kills < 100) {
    breaker = after(after(breaker, undefined, 0, 0), "deadline", 0, 0)
    kills++
  }
  assert.strictEqual(kills, KILLED_LIMIT + 1)
  assert.strictEqual(breaker.because, "killed")
  let patient = working
  for (let count = 0; count < 1000; count++) {
    const now = count * FORGIVEN_MS
    patient = after(after(patient, undefined, now, 0), "deadline", now, 0)
    assert.strictEqual(rest(patient, now), 0)
  }
})

it("T20: processor time beyond the share is a rest, as long as it takes to work it off", () => {
  let breaker = after(working, undefined, 0, BURST_MS)
  assert.strictEqual(rest(breaker, 0), 0)
  breaker = after(breaker, undefined, 0, 1)
  assert.strictEqual(breaker.because, "worked")
  const until = rest(breaker, 0)
  assert.strictEqual(until, (BURST_MS / 2 + 1) / SHARE)
  const later = after(breaker, undefined, until, BURST_MS / 2)
  assert.strictEqual(rest(later, until), 0)
})

it("T20: within its share a plugin works for ever", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 10_000 }), { maxLength: 200 }), (calls) => {
      let breaker = working
      let now = 0
      for (const worked of calls) {
        now += worked / SHARE
        breaker = after(breaker, undefined, now, worked)
        assert.strictEqual(rest(breaker, now), 0)
      }
    })
  )
})

it("never rests without so many failures", () => {
  const kinds = fc.constantFrom("trap" as const, "deadline" as const, undefined)
  fc.assert(
    fc.property(fc.array(kinds, { maxLength: KILLED_LIMIT }), (calls) => {
      let breaker = working
      let row = 0
      let rested = false
      for (const kind of calls) {
        breaker = after(breaker, kind, 0, 0)
        row = kind === "deadline" ? row + 1 : 0
        rested ||= row >= LIMIT
        assert.strictEqual(rest(breaker, 0) > 0, rested)
      }
    })
  )
})
