import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readBudgets, showBudgets } from "../../layers/cli/budgets.ts"

describe("--budget", () => {
  it.effect("reads tokens and dollars by period, and shows them again", () =>
    Effect.gen(function* () {
      const limits = yield* readBudgets(["daily=20000", "usd.daily=0.5", "usd.monthly=12.000001", "total=0", "turn=7"])
      assert.deepStrictEqual(limits, {
        day: { tokens: 20_000, micros: 500_000 },
        month: { micros: 12_000_001 },
        total: { tokens: 0 },
        turn: { tokens: 7 }
      })
      assert.strictEqual(showBudgets(limits), "turn=7 daily=20000 daily=$0.50 monthly=$12.000001 total=0")
      assert.strictEqual(showBudgets({}), "")
      assert.deepStrictEqual(yield* readBudgets([]), {})
    })
  )

  for (const text of [
    "daily",
    "dialy=5",
    "daily=-5",
    "daily=1e5",
    "usd.daily=0.0000001",
    "usd.daily=x",
    "usd.=1",
    "constructor=1"
  ]) {
    it.effect(`refuses ${text} and says what is allowed`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(readBudgets([text]))
        assert.match(error.message, /turn, session, daily, monthly, total in tokens, usd\.NAME in dollars/)
      })
    )
  }

  it.effect("refuses a limit that is named twice", () =>
    Effect.gen(function* () {
      assert.match((yield* Effect.flip(readBudgets(["usd.daily=1", "usd.daily=2"]))).message, /usd\.daily twice/)
    })
  )
})
