import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readTime } from "../../layers/cli/times.ts"

const now = Date.UTC(2026, 0, 31)
const hour = 3_600_000

it.effect("a span lies on the side of now that the flag means", () =>
  Effect.gen(function* () {
    assert.strictEqual(yield* readTime("--from", "30d", now, "ago"), now - 30 * 24 * hour)
    assert.strictEqual(yield* readTime("--from", "90m", now, "ago"), now - 1.5 * hour)
    assert.strictEqual(yield* readTime("--expires", "12h", now, "from now"), now + 12 * hour)
  })
)

it.effect("a date is itself on both sides, in UTC where it names no zone", () =>
  Effect.gen(function* () {
    for (const side of ["ago", "from now"] as const) {
      assert.strictEqual(yield* readTime("--from", "2026-01-30", now, side), now - 24 * hour)
      assert.strictEqual(yield* readTime("--from", "2026-01-31T01:00+01:00", now, side), now)
      assert.isUndefined(yield* readTime("--from", undefined, now, side))
    }
  })
)

it.effect("anything else is refused with what is allowed", () =>
  Effect.gen(function* () {
    for (const text of ["yesterday", "30", "-30d", "2026-13-01", "2026-02-31", "2026-04-31T10:00Z", "30 d"]) {
      const { message } = yield* Effect.flip(readTime("--from", text, now, "ago"))
      assert.strictEqual(message, "--from must be a date such as 2026-01-31, or a span such as 30d (ago).")
    }
  })
)
