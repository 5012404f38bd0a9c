/** Values and layers that the budget tests share. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { emptyBalance } from "../../src/budget/Account.ts"
import { type BudgetLimits, defaultLimits } from "../../src/budget/Limits.ts"
import type { PriceClass } from "../../src/budget/Price.ts"
import { Quote, type QuoteNumbers } from "../../src/budget/Quote.ts"
import type { Spender } from "../../src/budget/Spender.ts"
import { Entropy } from "../../src/domain/Entropy.ts"
import { AgentId, HoldId, InstanceId, PrincipalId, TenantId, TurnId } from "../../src/domain/Ids.ts"
import { Instance, type InstanceFacts } from "../../src/domain/Instance.ts"

/** 3 dollars in, 15 out, a tenth for cache reads, a quarter more for cache writes. */
export const price: PriceClass = {
  input: 3_000_000,
  output: 15_000_000,
  cacheRead: 300_000,
  cacheWrite: 3_750_000,
  version: "test"
}

export const spender: Spender = {
  tenant: TenantId.make("default"),
  principal: PrincipalId.make("local"),
  agent: AgentId.make("main"),
  session: "default:main:ws:local:p1",
  turn: TurnId.make("turn_0000000000000001")
}

export const numbers: QuoteNumbers = {
  provider: "anthropic",
  model: "claude-test",
  inputBound: 100,
  inputEstimate: 60,
  outputCeiling: 50,
  outputMinimum: 10,
  price
}

export const quote = (part: Partial<QuoteNumbers> = {}): Quote => new Quote({ ...numbers, ...part })

export const unlimited: BudgetLimits = { ...defaultLimits, day: {} }

export const facts: InstanceFacts = { id: InstanceId.make("inst_0000000000000001"), pid: process.pid, startTicks: "" }

export const holdId = (n: number): HoldId => HoldId.make(`hold_${String(n).padStart(16, "0")}`)

export const usageOf = (input: number, output: number, cacheRead = 0, cacheWrite = 0) => ({
  input,
  output,
  cacheRead,
  cacheWrite
})

export { emptyBalance }

/** Ids that count from one. */
export const entropyCounting: Layer.Layer<Entropy> = Layer.sync(Entropy, () => {
  let n = 0
  return Entropy.of({
    bytes: (size) => Effect.sync(() => new Uint8Array(size)),
    id: (prefix) => Effect.sync(() => `${prefix}_${String(++n).padStart(26, "0")}`)
  })
})

export const instance: Layer.Layer<Instance> = Layer.succeed(Instance, facts)

export const support: Layer.Layer<Entropy | Instance> = Layer.merge(entropyCounting, instance)
