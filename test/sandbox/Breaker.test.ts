import { assert, it } from "@effect/vitest"
import * as fc from "fast-check"
import { after, LIMIT, rest, REST_MS, working } from "../../src/sandbox/Breaker.ts"

it("a plugin rests after so many costly failures in a row, then has one try", () => {
  let breaker = working
  for (let count = 1; count < LIMIT; count++) {
    breaker = after(breaker, "deadline", 1000)
    assert.strictEqual(rest(breaker, 1000), 0)
  }
  breaker = after(breaker, "memory", 1000)
  assert.strictEqual(rest(breaker, 1000), REST_MS)
  assert.strictEqual(rest(breaker, 1000 + REST_MS), 0)
  assert.strictEqual(rest(after(breaker, "crashed", 50_000), 50_000), REST_MS)
  assert.deepStrictEqual(after(breaker, undefined, 50_000), working)
})

it("failures that cost no process do not count, and a busy sandbox proves nothing", () => {
  const tired = after(after(working, "crashed", 0), "crashed", 0)
  for (const kind of ["trap", "quota", "bad_output", "denied"] as const)
    assert.deepStrictEqual(after(tired, kind, 0), working)
  assert.strictEqual(after(tired, "unavailable", 0), tired)
})

it("never rests without so many failures", () => {
  const kinds = fc.constantFrom("trap" as const, "deadline" as const, undefined)
  fc.assert(
    fc.property(fc.array(kinds), (calls) => {
      let breaker = working
      let row = 0
      for (const kind of calls) {
        breaker = after(breaker, kind, 0)
        row = kind === "deadline" ? row + 1 : 0
        assert.strictEqual(rest(breaker, 0) > 0, row >= LIMIT)
      }
    })
  )
})
