/** One whole answer of the model door, under a permit of its own: for callers that want a text and nothing else. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { BudgetError } from "../../src/budget/BudgetError.ts"
import { BudgetLedger } from "../../src/budget/BudgetLedger.ts"
import type { Spender } from "../../src/budget/Spender.ts"
import { type Blocked, Casil } from "../../src/casil/Casil.ts"
import { open } from "../../src/casil/Inspected.ts"
import { Model } from "../../src/model/Model.ts"
import type { ModelError } from "../../src/model/ModelError.ts"
import type { ModelContent, ModelTarget } from "../../src/model/ModelRequest.ts"
import { permitted } from "../../src/model/Closest.ts"

export interface Question {
  readonly target: ModelTarget
  readonly system: string | undefined
  readonly prompt: string
}

/** Inspects the question, holds its cost for `spender`, asks once, and gives the inspected text of the answer. */
export type Complete = (
  question: Question,
  spender: Spender
) => Effect.Effect<string, ModelError | BudgetError | Blocked>

export const complete: Effect.Effect<Complete, never, Model | BudgetLedger | Casil> = Effect.gen(function* () {
  const model = yield* Model
  const ledger = yield* BudgetLedger
  const casil = yield* Casil
  return Effect.fn("Model.complete")(function* ({ prompt, system, target }: Question, spender: Spender) {
    const content: ModelContent = {
      system: system === undefined ? [] : [system],
      messages: [{ role: "user", content: prompt }],
      tools: []
    }
    const seen = yield* casil.value("prompt", content, (value, visit) => ({
      ...value,
      system: value.system.map((text) => visit(text, "system")),
      messages: [{ role: "user" as const, content: visit(prompt, "prompt") }]
    }))
    const pieces = yield* permitted(model, ledger, target, seen, spender).pipe(
      Stream.map((part) => (part.type === "text-delta" ? part.delta : "")),
      Stream.filter((text) => text !== ""),
      casil.stream("answer"),
      Stream.runCollect
    )
    return pieces.map(open).join("")
  })
})
