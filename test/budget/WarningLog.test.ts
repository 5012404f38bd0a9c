import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import type { BudgetWarning } from "../../src/budget/HoldDecision.ts"
import { WarningLog } from "../../src/budget/WarningLog.ts"

const warning: BudgetWarning = {
  account: "day:2026-11-20",
  scope: "day",
  unit: "tokens",
  limit: 1_000,
  spent: 800,
  resetsAt: "2026-11-21T00:00:00.000Z"
}

describe("the log of warnings", () => {
  it.effect("has each account, unit and limit once, whoever asked", () => {
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => void lines.push(String(message)))
    return Effect.gen(function* () {
      const log = new WarningLog()
      yield* log.tell(warning)
      yield* log.tell({ ...warning, spent: 900 })
      yield* log.tell({ ...warning, limit: 2_000, resetsAt: null })
      yield* log.tell({ ...warning, unit: "micros" })
      assert.deepStrictEqual(lines, [
        "budget: day:2026-11-20 has spent 800 of its 1000 tokens; it resets at 2026-11-21T00:00:00.000Z",
        "budget: day:2026-11-20 has spent 800 of its 2000 tokens",
        "budget: day:2026-11-20 has spent 800 of its 1000 micro-dollars; it resets at 2026-11-21T00:00:00.000Z"
      ])
    }).pipe(Effect.provide(Logger.layer([logger])))
  })

  it.effect("goes on, and forgets, where there are more accounts than it remembers", () => {
    let lines = 0
    const logger = Logger.make(() => void (lines += 1))
    return Effect.gen(function* () {
      const log = new WarningLog()
      for (let n = 0; n <= 1_000; n++) yield* log.tell({ ...warning, account: `session:${n}` })
      yield* log.tell({ ...warning, account: "session:0" })
      assert.strictEqual(lines, 1_002)
    }).pipe(Effect.provide(Logger.layer([logger])))
  })
})
