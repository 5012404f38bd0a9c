import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { layerMemory, layerReloadable } from "../../layers/budget/Ledger.ts"
import { layerMemory as storeMemory } from "../../layers/budget/MemoryLedgerStore.ts"
import { LedgerUnavailable } from "../../src/budget/BudgetError.ts"
import { BudgetLedger, openPermit, permitWarnings, withPermit } from "../../src/budget/BudgetLedger.ts"
import { toldRefusal } from "../../src/budget/Disclosure.ts"
import type { BudgetLimits } from "../../src/budget/Limits.ts"
import type { Spender } from "../../src/budget/Spender.ts"
import { ofBudget } from "../../src/agent/TurnFailure.ts"
import { principalOfToken, TenantId, TurnId } from "../../src/domain/Ids.ts"
import { quote, spender, support, unlimited, usageOf } from "./fixtures.ts"

const acme: Spender = { ...spender, tenant: TenantId.make("acme"), session: "acme:s", principal: principalOfToken("a") }
const over = (limits: Partial<BudgetLimits>) => Layer.provide(layerMemory({ ...unlimited, ...limits }), support)

const spend = (who: Spender, output = 20) =>
  Effect.suspend(() => {
    const q = quote()
    return Effect.gen(function* () {
      const warnings = yield* permitWarnings
      const meter = yield* openPermit(q)
      yield* meter.usage(usageOf(80, output), "final")
      return warnings
    }).pipe(withPermit(q, who))
  })

const scopesOf = (who: Spender) =>
  Effect.flatMap(BudgetLedger, (ledger) =>
    Effect.map(ledger.status(who), (rows) => [...new Set(rows.map(({ scope }) => scope))])
  )

const own = ["tenant", "session"]
const all = ["installation", "month", "day", "tenant", "agent", "session"]

describe("T26: what a tenant is told of accounts that others pay into", () => {
  it.effect("its own accounts only; the default tenant sees the rest while nobody else has spent anything", () =>
    Effect.gen(function* () {
      yield* spend(spender)
      assert.deepStrictEqual(yield* scopesOf(spender), all)
      assert.deepStrictEqual(yield* scopesOf(acme), ["tenant", "token", "session"])
      yield* spend(acme)
      assert.deepStrictEqual(yield* scopesOf(spender), own)
      assert.deepStrictEqual(yield* scopesOf({ ...spender, seesTotals: true }), all)
    }).pipe(Effect.provide(over({})))
  )

  it.effect("of a refusal the scope, what it wanted and when it resets; the amounts only who may see totals", () =>
    Effect.gen(function* () {
      yield* spend(spender)
      const refused = (who: Spender) =>
        Effect.map(Effect.flip(spend(who)), (error) => {
          if (error.reason._tag !== "BudgetExceeded") throw error
          return { told: toldRefusal(error.reason), failure: JSON.stringify(ofBudget(error)) }
        })
      const hidden = yield* refused(acme)
      const message = "The day budget is used up. It resets at 1970-01-02T00:00:00.000Z."
      assert.deepStrictEqual(hidden.told, {
        message,
        scope: "day",
        unit: "tokens",
        limit: null,
        spent: null,
        held: null,
        wanted: 110,
        resetsAt: "1970-01-02T00:00:00.000Z"
      })
      assert.notMatch(hidden.failure, /209|spent":1|spent 1/)
      const shown = yield* refused({ ...acme, seesTotals: true })
      assert.deepInclude(shown.told, { limit: 209, spent: 100, held: 0 })
      assert.match(shown.failure, /limit 209 tokens, spent 100/)
      assert.deepInclude((yield* refused(spender)).told, { limit: 209, spent: 100 })
    }).pipe(Effect.provide(over({ day: { tokens: 209 } })))
  )

  it.effect("of its own account's refusal everything", () =>
    Effect.gen(function* () {
      yield* spend(acme)
      const error = yield* Effect.flip(spend(acme))
      assert.match(error.message, /^The tenant budget is used up: limit 150 tokens, spent 100, held 0, wanted 110/)
    }).pipe(Effect.provide(over({ tenant: { tokens: 150 } })))
  )

  it.effect("of a warning and of a pause mark no amounts either", () =>
    Effect.gen(function* () {
      yield* spend(spender)
      const [warning] = yield* spend(acme)
      assert.deepInclude(warning, { scope: "installation", concealed: true })
      const paused = yield* Effect.flip(spend(acme))
      assert.strictEqual(
        paused.message,
        "The installation budget has reached its pause mark, and a further call needs an approval."
      )
    }).pipe(Effect.provide(over({ installation: { tokens: 1_000 }, warn: 0.1, pause: 0.15 })))
  )
})

describe("limits of a token that the configuration does not know", () => {
  const token: Spender = { ...spender, principal: principalOfToken("laptop") }
  const world = (ofToken: NonNullable<NonNullable<Parameters<typeof layerReloadable>[1]>["ofToken"]>) =>
    layerReloadable(Effect.succeed(unlimited), { ofToken }).pipe(Layer.provide([storeMemory, support]))

  it.effect("hold for its holder, and for nobody else", () =>
    Effect.gen(function* () {
      yield* spend(token)
      assert.match(
        (yield* Effect.flip(spend(token))).message,
        /^The token budget is used up: limit 150 tokens, spent 100/
      )
      yield* spend(spender)
    }).pipe(
      Effect.provide(
        world((tenant, name) =>
          Effect.succeed(`${tenant} ${name}` === "default laptop" ? { total: { tokens: 150 } } : undefined)
        )
      )
    )
  )

  it.effect("T14: refuse where they cannot be read", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(spend(token))).reason._tag, "LedgerUnavailable")
      yield* spend(spender)
    }).pipe(Effect.provide(world(() => Effect.fail(new LedgerUnavailable({ cause: "gone" })))))
  )
})

describe("the limit of a turn", () => {
  it.effect("is shared by all its calls, and each attempt at it has it anew", () =>
    Effect.gen(function* () {
      yield* spend(spender)
      assert.match(
        (yield* Effect.flip(spend(spender))).message,
        /^The turn budget is used up: limit 190 tokens, spent 100/
      )
      yield* spend({ ...spender, attempt: 4 })
      yield* spend({ ...spender, turn: TurnId.make("turn_0000000000000002") })
    }).pipe(Effect.provide(over({ turn: { tokens: 190 } })))
  )
})
