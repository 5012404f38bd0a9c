import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { parseToml } from "../../layers/config/TomlFile.ts"
import { priceOverrides, unsetNote } from "../../src/settings/options/budget.ts"
import { assemble } from "../../src/settings/Settings.ts"

const settings = (text: string) =>
  Effect.fromResult(
    Result.flatMap(parseToml(text, "config.toml"), ({ positions, table }) =>
      assemble({ file: table, name: "config.toml", positions, overrides: [], reasons: [] })
    )
  )

describe("a price of the configuration", () => {
  it.effect("T14: takes a cache's writes for as dear as vendors make them where it does not say", () =>
    Effect.gen(function* () {
      const { values } = yield* settings(
        "[prices.mine]\ninput = 3\noutput = 15\n[prices.told]\ninput = 3\noutput = 15\ncache_write = 3.5"
      )
      const { mine, told } = priceOverrides(values)
      assert.deepInclude(mine, { input: 3_000_000, cacheRead: 3_000_000, cacheWrite: 3_750_000 })
      assert.deepInclude(told, { cacheWrite: 3_500_000 })
    })
  )
})

describe("a start without a budget", () => {
  it.effect("says that there is one all the same, and nothing where somebody set one or lifted it", () =>
    Effect.gen(function* () {
      assert.match(unsetNote(yield* settings("")) ?? "", /^No budget is set, so 2000000 tokens a day/)
      assert.match(unsetNote(yield* settings("[budgets]\nwarn = 0.5")) ?? "", /^No budget is set/)
      for (const budget of ["daily = 5", 'daily = "unlimited"', "usd.monthly = 5"]) {
        assert.isUndefined(unsetNote(yield* settings(`[budgets]\n${budget}`)))
      }
    })
  )
})
