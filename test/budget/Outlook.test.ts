import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { TestClock } from "effect/testing"
import { layerMemory } from "../../layers/budget/Ledger.ts"
import { BudgetLedger, openPermit, withPermit } from "../../src/budget/BudgetLedger.ts"
import type { BudgetLimits } from "../../src/budget/Limits.ts"
import { outlook } from "../../src/budget/Outlook.ts"
import type { Spender } from "../../src/budget/Spender.ts"
import { AgentId, JobId, principalOfJob } from "../../src/domain/Ids.ts"
import { quote, spender, support, unlimited, usageOf } from "./fixtures.ts"

const job = JobId.make("report")
const limits: BudgetLimits = {
  ...unlimited,
  day: { tokens: 1_000, micros: 3_000 },
  agents: new Map([[spender.agent, { day: { tokens: 500 } }]]),
  schedules: new Map([[job, { month: { tokens: 400 } }]])
}
const midnight = Date.parse("2026-03-02T00:00:00Z")
const hour = 3_600_000

/** A ledger that opens an hour before midnight. */
const world = Layer.provide(layerMemory(limits), support).pipe(
  Layer.provide(Layer.effectDiscard(TestClock.setTime(midnight - hour)))
)

/** Spends so many input tokens. */
const spend = (tokens: number, who: Partial<Spender> = {}) => {
  const q = quote({ inputBound: tokens })
  return Effect.gen(function* () {
    const meter = yield* openPermit(q)
    yield* meter.usage(usageOf(tokens, 0), "final")
  }).pipe(withPermit(q, { ...spender, ...who }))
}

const other = { agent: AgentId.make("other") }

describe("how accounts stand", () => {
  it.effect("with a forecast by what they themselves spent, each for its own payer and period", () =>
    Effect.gen(function* () {
      // yesterday evening counts as recent, and not as spent today
      yield* spend(90)
      yield* TestClock.setTime(midnight + hour)
      yield* spend(60)
      yield* spend(30, other)
      const ledger = yield* BudgetLedger
      const accounts = yield* outlook(ledger, { ...spender, seesTotals: true })
      const of = (scope: string, key: string) =>
        accounts.find((one) => one.scope === scope && one.key === key && one.unit === "tokens")
      // 90 in an hour of a day that counts as three hours old; 180 in the last three
      const expected = (spent: number, recent: number) => Math.round(spent + (((spent + recent) / 3) * 23) / 2)
      assert.strictEqual(of("day", "2026-03-02")?.forecast?.expected, expected(90, 180))
      assert.strictEqual(of("day", "main:2026-03-02")?.forecast?.expected, expected(60, 150))
      // 45 an hour until 1,000
      assert.strictEqual(of("day", "2026-03-02")?.forecast?.exhaustsAt, midnight + hour + (910 / 45) * hour)
      // 3,000 micro-dollars at three for a token
      const money = accounts.find(({ key, unit }) => key === "2026-03-02" && unit === "micros")
      assert.strictEqual(money?.forecast?.exhaustsAt, midnight + hour + (2_730 / 135) * hour)
      assert.isNull(of("tenant", "default")?.forecast)
      assert.isAbove(of("month", "2026-03-01")?.forecast?.expected ?? 0, 180)
    }).pipe(Effect.provide(world))
  )

  it.effect("a job's by its own runs alone", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(midnight)
      yield* spend(50)
      const principal = principalOfJob(job)
      yield* spend(40, { principal })
      const accounts = yield* outlook(yield* BudgetLedger, { tenant: spender.tenant, principal })
      const month = accounts.find(({ key, unit }) => key === "report:month:2026-03-01" && unit === "tokens")
      assert.deepInclude(month, { spent: 40, limit: 400, since: midnight - 24 * hour })
      const eighth = (31 * 24 * hour) / 8
      assert.strictEqual(month?.forecast?.expected, Math.round(40 + (40 / eighth) * 30 * 24 * hour))
    }).pipe(Effect.provide(world))
  )
})
