import { assert, describe, it } from "@effect/vitest"
import { emptyBalance } from "../../src/budget/Account.ts"
import { decideHold, type Standing } from "../../src/budget/HoldDecision.ts"

const quote = {
  provider: "p",
  model: "m",
  inputBound: 10,
  inputEstimate: 5,
  outputCeiling: 100,
  outputMinimum: 20,
  price: undefined
}
const standing = (id: string, tokens: number, spentTokens: number): Standing => ({
  account: { id, scope: "day", key: id, limit: { tokens }, since: null, resetsAt: null },
  balance: { ...emptyBalance, spentTokens }
})
const outcome = (accounts: ReadonlyArray<Standing>, pause?: number, passed?: ReadonlyArray<string>) => {
  const decision = decideHold(accounts, quote, 1, pause, passed)
  return decision._tag === "Held" ? "held" : decision.reason._tag
}

describe("a pause mark", () => {
  it("is none where nobody configured it", () => {
    assert.strictEqual(outcome([standing("a", 1000, 800)]), "held")
  })

  it("holds back the call from the very token on, and not before", () => {
    assert.strictEqual(outcome([standing("a", 1000, 799)], 0.8), "held")
    assert.strictEqual(outcome([standing("a", 1000, 800)], 0.8), "PauseForApproval")
    assert.strictEqual(outcome([standing("a", 1000, 0)], 0), "PauseForApproval")
  })

  it("names the widest account that reached it, and the next where that one may be passed", () => {
    const accounts = [standing("wide", 1000, 0), standing("a", 1000, 900), standing("b", 1000, 900)]
    const named = (passed: ReadonlyArray<string>) => {
      const decision = decideHold(accounts, quote, 1, 0.8, passed)
      return decision._tag === "Refused" && decision.reason._tag === "PauseForApproval"
        ? decision.reason.account
        : decision._tag
    }
    assert.strictEqual(named([]), "a")
    assert.strictEqual(named(["a"]), "b")
    assert.strictEqual(named(["b", "a"]), "Held")
  })

  it("asks nobody about what the account cannot cover anyway", () => {
    assert.strictEqual(outcome([standing("a", 1000, 980)], 0.8), "BudgetExceeded")
    assert.strictEqual(outcome([standing("a", 1000, 980)], 0.8, ["a"]), "BudgetExceeded")
  })
})
