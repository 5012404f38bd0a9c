import { assert, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as Breaker from "../../src/sandbox/Breaker.ts"
import { after, costOf, FORGIVEN_MS, rest, REST_MS, working } from "../../src/sandbox/Breaker.ts"

const bounds: Breaker.Bounds = { failures: 5, killed: 8, share: 0.5, burstMs: 60_000 }
const call = (breaker: Breaker.Breaker, kind: Parameters<typeof costOf>[0], now: number, workedMs = 0) =>
  after(breaker, costOf(kind, workedMs), now, bounds)

it("T20: a plugin rests after so many costly failures in a row, then has one try", () => {
  let breaker = working
  for (let count = 1; count < bounds.failures; count++) {
    breaker = call(breaker, "deadline", 1000)
    assert.strictEqual(rest(breaker, 1000), 0)
  }
  breaker = call(breaker, "memory", 1000)
  assert.strictEqual(rest(breaker, 1000), REST_MS)
  assert.strictEqual(rest(breaker, 1000 + REST_MS), 0)
  assert.strictEqual(rest(call(breaker, "crashed", 50_000), 50_000), REST_MS)
  const well = call(breaker, undefined, 50_000)
  assert.strictEqual(rest(call(well, "crashed", 50_000), 50_000), 0)
})

it("a call that ended well in the meantime does not end a rest", () => {
  let breaker = working
  for (let count = 0; count < bounds.failures; count++) breaker = call(breaker, "deadline", 0)
  assert.strictEqual(rest(call(breaker, undefined, 10), 10), REST_MS - 10)
})

it("failures that cost no process do not count, and a busy sandbox proves nothing", () => {
  const tired = call(call(working, "crashed", 0), "crashed", 0)
  for (const kind of ["trap", "quota", "bad_output", "denied"] as const)
    assert.strictEqual(call(tired, kind, 0).failures, 0)
  assert.strictEqual(call(tired, "unavailable", 0).failures, tired.failures)
})

it("T20: answering well in between does not hide a plugin that costs processes again and again", () => {
  let breaker = working
  let kills = 0
  while (rest(breaker, 0) === 0 && kills < 100) {
    breaker = call(call(breaker, undefined, 0), "deadline", 0)
    kills++
  }
  assert.strictEqual(kills, bounds.killed + 1)
  assert.strictEqual(breaker.because, "killed")
  let patient = working
  for (let count = 0; count < 1000; count++) {
    const now = count * FORGIVEN_MS
    patient = call(call(patient, undefined, now), "deadline", now)
    assert.strictEqual(rest(patient, now), 0)
  }
})

it("T20: processor time beyond the share is a rest, as long as it takes to work it off", () => {
  let breaker = call(working, undefined, 0, bounds.burstMs)
  assert.strictEqual(rest(breaker, 0), 0)
  breaker = call(breaker, undefined, 0, 1)
  assert.strictEqual(breaker.because, "worked")
  const until = rest(breaker, 0)
  assert.strictEqual(until, (bounds.burstMs / 2 + 1) / bounds.share)
  const later = call(breaker, undefined, until, bounds.burstMs / 2)
  assert.strictEqual(rest(later, until), 0)
})

it("T20: within its share a plugin works for ever", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 10_000 }), { maxLength: 200 }), (calls) => {
      let breaker = working
      let now = 0
      for (const worked of calls) {
        now += worked / bounds.share
        breaker = call(breaker, undefined, now, worked)
        assert.strictEqual(rest(breaker, now), 0)
      }
    })
  )
})

it("never rests without so many failures", () => {
  const kinds = fc.constantFrom("trap" as const, "deadline" as const, undefined)
  fc.assert(
    fc.property(fc.array(kinds, { maxLength: bounds.killed }), (calls) => {
      let breaker = working
      let row = 0
      let rested = false
      for (const kind of calls) {
        breaker = call(breaker, kind, 0)
        row = kind === "deadline" ? row + 1 : 0
        rested ||= row >= bounds.failures
        assert.strictEqual(rest(breaker, 0) > 0, rested)
      }
    })
  )
})

it("is rested when everything is forgiven, and not before", () => {
  const tired = call(working, "deadline", 0, 1000)
  assert.isFalse(Breaker.isRested(tired, FORGIVEN_MS - 1, bounds))
  assert.isTrue(Breaker.isRested(tired, FORGIVEN_MS, bounds))
  let resting = working
  for (let count = 0; count < bounds.failures; count++) resting = call(resting, "deadline", 0)
  assert.isFalse(Breaker.isRested(resting, REST_MS - 1, bounds))
  assert.isTrue(Breaker.isRested(working, 0, bounds))
})
