// A program composed of exoclaw's Layers: no configuration file, no listener, nothing on disk.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TurnLoop from "../layers/agent/TurnLoop.ts"
import * as SqliteApprovals from "../layers/approval/SqliteApprovals.ts"
import * as MemoryAudit from "../layers/audit/MemoryAudit.ts"
import * as Ledger from "../layers/budget/Ledger.ts"
import * as Adapters from "../layers/model/Adapters.ts"
import * as Prices from "../layers/model/Prices.ts"
import * as NodeEntropy from "../layers/platform/NodeEntropy.ts"
import * as NodeInstance from "../layers/platform/NodeInstance.ts"
import * as SandboxTest from "../layers/sandbox/SandboxTest.ts"
import * as InboxLayer from "../layers/session/Inbox.ts"
import * as SqliteSessionStore from "../layers/session/SqliteSessionStore.ts"
import * as TurnLog from "../layers/session/TurnLog.ts"
import * as SqliteStore from "../layers/store/SqliteStore.ts"
import { type Agent, Agents } from "../src/agent/Agent.ts"
import { Casil } from "../src/casil/Casil.ts"
import { AgentId, defaultTenant, PrincipalId } from "../src/domain/Ids.ts"
import { Authenticator } from "../src/identity/Authenticator.ts"
import { defaultContextLimits } from "../src/memory/ContextLimits.ts"
import { Soul } from "../src/memory/Soul.ts"
import { Model } from "../src/model/Model.ts"
import type { ModelTarget } from "../src/model/ModelRequest.ts"

export const offline: ModelTarget = { provider: "offline", model: "offline", maxOutputTokens: 512 }
const me = { id: PrincipalId.make("me"), tenant: defaultTenant, scopes: ["chat:send"] as const }
const anybody = Effect.succeed({ verify: () => Effect.succeed(me), valid: () => Effect.succeed(true) })
const agent = (target: ModelTarget): Agent => ({
  id: AgentId.make("helper"),
  targets: [target],
  systemPrompt: "You are a helper.",
  soulPath: undefined,
  tools: undefined,
  approve: [],
  skill: undefined,
  cache: true,
  limits: { modelCalls: 5, toolCalls: 5, seconds: 30 }
})

export interface Parts {
  readonly models?: typeof Adapters.layerTest
  readonly sandbox?: ReturnType<typeof SandboxTest.layerTest>
  readonly authenticator?: Layer.Layer<Authenticator>
  readonly target?: ModelTarget
}

/** One agent without tools that answers anybody with the offline model, where no other part is given. */
export const graph = (parts: Parts = {}, inspection = Casil.layer()) =>
  InboxLayer.layer({ waitingLimit: 8 }).pipe(
    Layer.provide(TurnLoop.layer(defaultContextLimits)),
    Layer.provide([TurnLog.layer, SqliteApprovals.layer()]),
    Layer.provide([TurnLog.layerFeed, SqliteSessionStore.layer, parts.sandbox ?? SandboxTest.layerTest([])]),
    Layer.provide([SqliteStore.layerMemory, Model.layer, Agents.layerOf([agent(parts.target ?? offline)])]),
    Layer.provide(Layer.succeed(Soul, { read: () => Effect.succeed("Answer in one sentence.") })),
    Layer.provideMerge(parts.authenticator ?? Authenticator.layerWith(anybody)),
    Layer.provideMerge(Layer.mergeAll(inspection, MemoryAudit.layerMemory, Ledger.layerMemory(), Prices.layerTable)),
    Layer.provide([parts.models ?? Adapters.layerTest, NodeInstance.layer]),
    Layer.provide(NodeEntropy.layer)
  )
