/** What this gateway offers to plugins beside log, clock and store: randomness, requests and models. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Agent } from "../../src/agent/Agent.ts"
import type { Audit } from "../../src/audit/Audit.ts"
import type { BudgetLedger } from "../../src/budget/BudgetLedger.ts"
import type { Casil } from "../../src/casil/Casil.ts"
import { Entropy } from "../../src/domain/Entropy.ts"
import { Egress } from "../../src/egress/Egress.ts"
import type { Model } from "../../src/model/Model.ts"
import type { GrantInput } from "../../src/sandbox/Capability.ts"
import type { HostFunction } from "../../src/sandbox/HostFunction.ts"
import { complete, type Complete } from "../model/Complete.ts"
import { http } from "../sandbox/host/Http.ts"
import { type AskModel, modelComplete } from "../sandbox/host/ModelComplete.ts"
import { random } from "../sandbox/host/Random.ts"

export interface PluginHostOptions {
  readonly agents: ReadonlyArray<Agent>
  /** All grants of all plugins: what nobody may use is not loaded. */
  readonly grants: ReadonlyArray<GrantInput>
}

/** The agent's first model, as far as the plugin wants it to speak. */
const askModel =
  (ask: Complete, agents: ReadonlyArray<Agent>): AskModel =>
  ({ agent: id, maxTokens, prompt, system }, spender) => {
    const target = agents.find((agent) => agent.id === id)?.targets[0]
    if (target === undefined) return Effect.fail({ message: `There is no agent "${id}".` })
    const maxOutputTokens = Math.min(target.maxOutputTokens, maxTokens ?? target.maxOutputTokens)
    return ask({ target: { ...target, maxOutputTokens }, system, prompt }, spender)
  }

const isHttp = (grant: GrantInput): boolean => (typeof grant === "string" ? grant : grant.grant).startsWith("http:")

const egress: Effect.Effect<Egress["Service"], never, Audit | Scope.Scope> = Effect.gen(function* () {
  const [{ layer }, resolver] = yield* Effect.promise(() =>
    Promise.all([import("../egress/NodeEgress.ts"), import("../egress/NodeResolver.ts")])
  )
  const context = yield* Layer.build(Layer.provide(layer, resolver.layer))
  return yield* Effect.provide(Egress, context)
})

/** For `SandboxConfig.hostFunctions`. */
export const hostFunctions = Effect.fnUntraced(function* ({
  agents,
  grants
}: PluginHostOptions): Effect.fn.Return<
  ReadonlyArray<HostFunction>,
  never,
  Audit | BudgetLedger | Casil | Entropy | Model | Scope.Scope
> {
  const offered = [random(yield* Entropy), modelComplete(askModel(yield* complete, agents))]
  return grants.some(isHttp) ? [...offered, http(yield* egress)] : offered
})
