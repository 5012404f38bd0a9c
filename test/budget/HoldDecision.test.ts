import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import type { Account, Balance } from "../../src/budget/Account.ts"
import { BudgetExceeded } from "../../src/budget/BudgetError.ts"
import { decideHold, holdMicros, isBeyond, type Standing } from "../../src/budget/HoldDecision.ts"
import type { Limit } from "../../src/domain/Limit.ts"
import type { QuoteNumbers } from "../../src/budget/Quote.ts"
import { emptyBalance, numbers, price } from "./fixtures.ts"

const scopes = ["installation", "tenant", "agent", "session", "day", "month"] as const
const standing = (scope: Account["scope"], limit: Limit, balance: Partial<Balance> = {}): Standing => ({
  account: { id: `${scope}:x`, scope, key: "x", limit, since: null, resetsAt: null },
  balance: { ...emptyBalance, ...balance }
})

const count = fc.integer({ min: 0, max: 5_000 })
const limit = fc.record(
  { tokens: fc.integer({ min: 0, max: 10_000 }), micros: fc.integer({ min: 0, max: 100_000 }) },
  { requiredKeys: [] }
)
const anyStanding = fc
  .tuple(fc.constantFrom(...scopes), limit, count, count, count, count)
  .map(([scope, at, spentTokens, heldTokens, spentMicros, heldMicros]) =>
    standing(scope, at, { spentTokens, heldTokens, spentMicros, heldMicros })
  )
const anyQuote: fc.Arbitrary<QuoteNumbers> = fc
  .tuple(count, fc.integer({ min: 1, max: 4_000 }), fc.integer({ min: 1, max: 200 }), fc.constantFrom(price, undefined))
  .map(([inputBound, outputCeiling, outputMinimum, cost]) => ({
    ...numbers,
    inputBound,
    outputCeiling,
    outputMinimum,
    price: cost
  }))

const fits = (accounts: ReadonlyArray<Standing>, quote: QuoteNumbers, output: number): boolean =>
  accounts.every(
    ({ account, balance }) =>
      (account.limit.tokens === undefined ||
        balance.spentTokens + balance.heldTokens + quote.inputBound + output <= account.limit.tokens) &&
      (account.limit.micros === undefined ||
        balance.spentMicros + balance.heldMicros + holdMicros(quote, output) <= account.limit.micros)
  )

describe("a hold", () => {
  it("T12: is the largest that every account covers, or refused where the least does not fit", () => {
    fc.assert(
      fc.property(fc.array(anyStanding, { maxLength: 8 }), anyQuote, (accounts, quote) => {
        const decision = decideHold(accounts, quote, 0.75)
        const least = Math.min(quote.outputMinimum, quote.outputCeiling)
        const unpriced = quote.price === undefined && accounts.some((one) => one.account.limit.micros !== undefined)
        if (unpriced) {
          assert.strictEqual(decision._tag === "Refused" && decision.reason._tag, "Unpriced")
        } else if (decision._tag === "Held") {
          const { maxOutputTokens: output } = decision
          assert.isTrue(fits(accounts, quote, output))
          assert.isAtLeast(output, least)
          assert.isTrue(output === quote.outputCeiling || !fits(accounts, quote, output + 1))
          assert.strictEqual(decision.tokens, quote.inputBound + output)
          assert.strictEqual(decision.micros, holdMicros(quote, output))
        } else {
          assert.isFalse(fits(accounts, quote, least))
        }
      }),
      { numRuns: 2_000 }
    )
  })

  it("names, when it is refused, an account that really cannot cover it, with its numbers", () => {
    fc.assert(
      fc.property(fc.array(anyStanding, { minLength: 1, maxLength: 6 }), anyQuote, (accounts, quote) => {
        const decision = decideHold(accounts, quote, 0.75)
        if (decision._tag !== "Refused" || decision.reason._tag !== "BudgetExceeded") return
        const { scope, unit, limit: at, spent, held, wanted } = decision.reason
        assert.isAbove(spent + held + wanted, at)
        assert.isTrue(
          accounts.some(
            ({ account, balance }) =>
              account.scope === scope &&
              account.limit[unit] === at &&
              (unit === "tokens" ? balance.spentTokens : balance.spentMicros) === spent
          )
        )
      }),
      { numRuns: 1_000 }
    )
  })

  it("is given where just the useful least is left, in tokens and in money", () => {
    for (const [at, output] of [
      [{ tokens: 110 }, 10],
      [{ tokens: 109 }, undefined],
      [{ micros: 525 }, 10],
      [{ micros: 524 }, undefined]
    ] as const) {
      const decision = decideHold([standing("day", at)], numbers, 0.75)
      assert.strictEqual(decision._tag === "Held" ? decision.maxOutputTokens : undefined, output)
    }
  })

  it("names the account that can give least", () => {
    const decision = decideHold(
      [standing("tenant", { tokens: 105 }), standing("day", { micros: 10 }), standing("session", { tokens: 60 })],
      numbers,
      0.75
    )
    assert.strictEqual(
      decision._tag === "Refused" && decision.reason.message,
      "The session budget is used up: limit 60 tokens, spent 0, held 0, wanted 110. It does not reset by itself."
    )
  })

  it("says micro-dollars where money is what is missing", () => {
    const decision = decideHold([standing("day", { micros: 500 })], numbers, 0.75)
    assert.strictEqual(
      decision._tag === "Refused" && decision.reason.message,
      "The day budget is used up: limit 500 micro-dollars, spent 0, held 0, wanted 525. It does not reset by itself."
    )
  })

  it("says how to price a model that has no price", () => {
    const decision = decideHold([standing("day", { micros: 500 })], { ...numbers, price: undefined }, 0.75)
    assert.match(decision._tag === "Refused" ? decision.reason.message : "", /Add \[prices\."claude-test"\]/)
  })

  it("warns of each unit past its mark, unless that was said", () => {
    const at: Limit = { tokens: 1_000, micros: 100_000 }
    const warnings = (balance: Partial<Balance>) => {
      const decision = decideHold([standing("day", at, balance)], numbers, 0.75)
      return decision._tag === "Held" ? decision.warnings.map((one) => one.unit) : decision
    }
    assert.deepStrictEqual(warnings({ spentTokens: 749, spentMicros: 74_999 }), [])
    assert.deepStrictEqual(warnings({ spentTokens: 750, spentMicros: 75_000 }), ["tokens", "micros"])
    assert.deepStrictEqual(warnings({ spentTokens: 750, spentMicros: 75_000, warnedTokens: true }), ["micros"])
    assert.deepStrictEqual(warnings({ spentTokens: 750, spentMicros: 75_000, warnedMicros: true }), ["tokens"])
  })
})

describe("a call that was refused", () => {
  const reason = (unit: "tokens" | "micros", limit: number, spent: number) =>
    new BudgetExceeded({ scope: "day", unit, limit, spent, held: 7, wanted: 9, resetsAt: null })
  const quote: QuoteNumbers = { ...numbers, inputBound: 4_000, inputEstimate: 1_000, outputMinimum: 10 }

  it("is beyond the budget only where a fraction of what we think it takes is more than what is not spent", () => {
    assert.isFalse(isBeyond(quote, reason("tokens", 1_000, 740)))
    assert.isTrue(isBeyond(quote, reason("tokens", 1_000, 741)))
    const least = holdMicros({ ...quote, inputBound: 250 }, 10)
    assert.isFalse(isBeyond(quote, reason("micros", 10_000, 10_000 - least)))
    assert.isTrue(isBeyond(quote, reason("micros", 10_000, 10_001 - least)))
  })

  it("is never beyond it where its bound would fit if nothing were held", () => {
    fc.assert(
      fc.property(anyQuote, count, count, (one, left, spent) => {
        fc.pre(one.inputBound + one.outputMinimum <= left)
        const honest = { ...one, inputEstimate: Math.min(one.inputEstimate, one.inputBound) }
        assert.isFalse(isBeyond(honest, reason("tokens", spent + left, spent)))
      })
    )
  })
})
