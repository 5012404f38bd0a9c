/** The model that finds facts: the agent's own, or another one of its provider, through the model door like every call. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { extractionSession } from "../../src/budget/Account.ts"
import type { BudgetLedger } from "../../src/budget/BudgetLedger.ts"
import type { Casil } from "../../src/casil/Casil.ts"
import { type AgentId, TurnId } from "../../src/domain/Ids.ts"
import { Entropy } from "../../src/domain/Entropy.ts"
import { Extractor, ExtractorError } from "../../src/memory/Extraction.ts"
import type { Model } from "../../src/model/Model.ts"
import type { ModelTarget } from "../../src/model/ModelRequest.ts"
import { complete } from "./Complete.ts"

export interface Options {
  /** Undefined where the agent is gone, or has no model that reads. */
  readonly targetOf: (agent: AgentId) => ModelTarget | undefined
}

/** A short list of facts. */
const longestAnswer = 1_500

export const layer = ({ targetOf }: Options): Layer.Layer<Extractor, never, Model | BudgetLedger | Casil | Entropy> =>
  Layer.effect(
    Extractor,
    Effect.gen(function* () {
      const ask = yield* complete
      const entropy = yield* Entropy
      return Extractor.of({
        ask: Effect.fn("Extractor.ask")(function* (task, message, { agent, principal, tenant }) {
          const target = targetOf(agent)
          if (target === undefined) {
            return yield* new ExtractorError({ message: `The agent ${agent} has no model to ask.`, retry: "never" })
          }
          const spender = {
            tenant,
            principal,
            agent,
            session: extractionSession,
            turn: TurnId.make(yield* entropy.id("turn")),
            work: "extraction" as const
          }
          const maxOutputTokens = Math.min(target.maxOutputTokens, longestAnswer)
          const question = { target: { ...target, maxOutputTokens }, system: task, prompt: message }
          return yield* Effect.mapError(ask(question, spender), (error) => {
            const { message } = error
            if (error._tag === "BudgetError") return new ExtractorError({ message, retry: "later" })
            const again = error._tag === "ModelError" && error.retryable
            return new ExtractorError({ message, retry: again ? "again" : "never" })
          })
        })
      })
    })
  )
