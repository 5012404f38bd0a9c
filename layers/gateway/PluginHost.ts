/** What this gateway offers to plugins beside log, clock and store: randomness, requests, secrets, models and the bus. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Agent } from "../../src/agent/Agent.ts"
import type { Audit } from "../../src/audit/Audit.ts"
import type { BudgetLedger } from "../../src/budget/BudgetLedger.ts"
import { Casil } from "../../src/casil/Casil.ts"
import { Entropy } from "../../src/domain/Entropy.ts"
import { Egress } from "../../src/egress/Egress.ts"
import type { Model } from "../../src/model/Model.ts"
import { BusPublisher } from "../../src/sandbox/BusPublisher.ts"
import type { GrantInput } from "../../src/sandbox/Capability.ts"
import type { HostFunction } from "../../src/sandbox/HostFunction.ts"
import { SecretName } from "../../src/secret/SecretName.ts"
import { Secrets } from "../../src/secret/Secrets.ts"
import { processSurroundings } from "../config/Surroundings.ts"
import { complete, type Complete } from "../model/Complete.ts"
import { busPublish } from "../sandbox/host/BusPublish.ts"
import { type CredentialsFor, http } from "../sandbox/host/Http.ts"
import { type AskModel, modelComplete } from "../sandbox/host/ModelComplete.ts"
import { random } from "../sandbox/host/Random.ts"
import { secretExists } from "../sandbox/host/Secret.ts"

export interface PluginHostOptions {
  readonly agents: ReadonlyArray<Agent>
  /** All grants of all plugins. */
  readonly grants: ReadonlyArray<GrantInput>
  readonly secretsFile: string
  /** `EXOCLAW_SECRET_KEY` */
  readonly secretKey: Redacted.Redacted<string> | undefined
  /** Those of an embedding program. */
  readonly own?: ReadonlyArray<HostFunction> | undefined
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

const uses = (grants: ReadonlyArray<GrantInput>, kind: "http" | "secret"): boolean =>
  grants.some((grant) => (typeof grant === "string" ? grant : grant.grant).startsWith(`${kind}:`))

const egress: Effect.Effect<Egress["Service"], never, Audit | Scope.Scope> = Effect.gen(function* () {
  const [{ layer }, resolver] = yield* Effect.promise(() =>
    Promise.all([import("../egress/NodeEgress.ts"), import("../egress/NodeResolver.ts")])
  )
  const context = yield* Layer.build(Layer.provide(layer, resolver.layer))
  return yield* Effect.provide(Egress, context)
})

/** The secrets, and what fills them into a request. */
const secrets = Effect.fnUntraced(function* (path: string, given: Redacted.Redacted<string> | undefined) {
  const [{ layer }, { defaultKeyFile }, { credentials }] = yield* Effect.promise(() =>
    Promise.all([
      import("../secret/EncryptedSecrets.ts"),
      import("../secret/SecretKey.ts"),
      import("../../src/secret/SecretUse.ts")
    ])
  )
  const { home, variables } = yield* processSurroundings
  const context = yield* Layer.build(layer({ path, key: { given, file: defaultKeyFile(variables, home) } }))
  const service = yield* Effect.provide(Secrets, context)
  const credentialsFor: CredentialsFor = (names) =>
    credentials(
      service,
      names.map((name) => SecretName.make(name))
    )
  return { credentialsFor, exists: secretExists(service) }
})

/** For `SandboxConfig.hostFunctions`. What no plugin was granted is not loaded. */
export const hostFunctions = Effect.fnUntraced(function* ({
  agents,
  grants,
  own = [],
  secretKey,
  secretsFile
}: PluginHostOptions): Effect.fn.Return<
  ReadonlyArray<HostFunction>,
  never,
  Audit | BudgetLedger | BusPublisher | Casil | Entropy | Model | Scope.Scope
> {
  const always = [
    random(yield* Entropy),
    modelComplete(
      askModel(yield* complete, agents),
      agents.map(({ id }) => id)
    ),
    busPublish(yield* BusPublisher, yield* Casil),
    ...own
  ]
  if (!uses(grants, "http") && !uses(grants, "secret")) return always
  const { credentialsFor, exists } = yield* secrets(secretsFile, secretKey)
  return [...always, exists, http(yield* egress, credentialsFor)]
})
