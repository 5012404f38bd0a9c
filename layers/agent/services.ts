/** What the agent loop works with, taken once when its layer is built. */
import * as Effect from "effect/Effect"
import { Agents } from "../../src/agent/Agent.ts"
import { Approvals } from "../../src/approval/Approvals.ts"
import { Audit } from "../../src/audit/Audit.ts"
import { BudgetLedger } from "../../src/budget/BudgetLedger.ts"
import { Casil } from "../../src/casil/Casil.ts"
import { Entropy } from "../../src/domain/Entropy.ts"
import type { ContextLimits } from "../../src/memory/ContextLimits.ts"
import { Memory } from "../../src/memory/Memory.ts"
import { Soul } from "../../src/memory/Soul.ts"
import { Model } from "../../src/model/Model.ts"
import { CacheHabits } from "../../src/model/PromptCache.ts"
import { TokenFactors } from "../../src/model/TokenFactors.ts"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
import { TurnLog } from "../../src/session/TurnLog.ts"

export type Requirements =
  | Agents
  | Approvals
  | Audit
  | BudgetLedger
  | Casil
  | Entropy
  | Model
  | Sandbox
  | Soul
  | TurnLog

export const take = (limits: ContextLimits) =>
  Effect.gen(function* () {
    return {
      limits,
      agents: yield* Agents,
      approvals: yield* Approvals,
      audit: yield* Audit,
      ledger: yield* BudgetLedger,
      casil: yield* Casil,
      entropy: yield* Entropy,
      memory: yield* Memory,
      model: yield* Model,
      factors: yield* TokenFactors,
      sandbox: yield* Sandbox,
      soul: yield* Soul,
      log: yield* TurnLog,
      cacheHabits: new CacheHabits()
    }
  })

export type Services = Effect.Success<ReturnType<typeof take>>
