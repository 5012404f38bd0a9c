// An Effect AI program runs budgeted, inspected and audited by swapping one Layer: `answers` knows nothing of exoclaw.
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { LanguageModel } from "effect/ai"
import * as Ledger from "../layers/budget/Ledger.ts"
import * as Adapters from "../layers/model/Adapters.ts"
import * as GovernedLanguageModel from "../layers/model/GovernedLanguageModel.ts"
import * as Prices from "../layers/model/Prices.ts"
import * as NodeEntropy from "../layers/platform/NodeEntropy.ts"
import * as NodeInstance from "../layers/platform/NodeInstance.ts"
import { defaultLimits } from "../src/budget/Limits.ts"
import type { Spender } from "../src/budget/Spender.ts"
import { Casil } from "../src/casil/Casil.ts"
import { AgentId, defaultTenant, PrincipalId, TurnId } from "../src/domain/Ids.ts"
import { Model } from "../src/model/Model.ts"
import { offline } from "./graph.ts"

// put together here, so that no scanner takes this file for a leak
const key = `AKIA${"4XZ7T2QWB3NLVCPD"}`
const prompts = ["My dog is called Luna.", `My key is ${key}, keep it.`, "Hello again."]

/** The existing program: nothing but `effect/ai`. */
const answers = Effect.forEach(prompts, (prompt) =>
  LanguageModel.generateText({ prompt }).pipe(
    Effect.map(({ text, usage }) => `${usage.inputTokens.total} + ${usage.outputTokens.total} tokens: ${text}`),
    Effect.catch(({ reason }) => Effect.succeed(`refused: ${JSON.stringify(reason)}`)),
    Effect.tap(Console.log)
  )
)

/** Who pays. */
const spender: Spender = {
  tenant: defaultTenant,
  principal: PrincipalId.make("script"),
  agent: AgentId.make("summary"),
  session: "summary",
  turn: TurnId.make("turn_0000000000000000")
}

/** The swap: instead of a provider's own Layer, the governed door with 190 tokens a day. */
const governed = GovernedLanguageModel.layer(offline, spender).pipe(
  Layer.provide([Model.layer, Casil.layer(), Ledger.layerMemory({ ...defaultLimits, day: { tokens: 190 } })]),
  Layer.provide([Adapters.layerTest, Prices.layerTable, NodeInstance.layer]),
  Layer.provide(NodeEntropy.layer)
)

export const program = Effect.provide(answers, governed)

if (import.meta.main) await Effect.runPromise(program)
