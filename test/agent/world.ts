/**
 * The whole conversation: real inbox, agent loop, Casil, model door, ledger and audit over one database. Only the
 * vendor and the plugins are functions of the test.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Continuation from "../../layers/agent/Continuation.ts"
import * as TurnLoop from "../../layers/agent/TurnLoop.ts"
import * as SqliteApprovals from "../../layers/approval/SqliteApprovals.ts"
import * as SqliteAudit from "../../layers/audit/SqliteAudit.ts"
import * as SqliteLedgerStore from "../../layers/budget/SqliteLedgerStore.ts"
import { layerOf } from "../../layers/model/Adapters.ts"
import * as PricesLayer from "../../layers/model/Prices.ts"
import * as NodeEntropy from "../../layers/platform/NodeEntropy.ts"
import { layerTest, type TestTool } from "../../layers/sandbox/Sandbox.ts"
import * as InboxLayer from "../../layers/session/Inbox.ts"
import * as SqliteSessionStore from "../../layers/session/SqliteSessionStore.ts"
import * as TurnLogLayer from "../../layers/session/TurnLog.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { type Agent, Agents, type Bounds } from "../../src/agent/Agent.ts"
import type { Approvals } from "../../src/approval/Approvals.ts"
import type { Audit } from "../../src/audit/Audit.ts"
import { BudgetLedger, make } from "../../src/budget/BudgetLedger.ts"
import { LedgerStore } from "../../src/budget/LedgerStore.ts"
import type { BudgetLimits } from "../../src/budget/Limits.ts"
import { Casil } from "../../src/casil/Casil.ts"
import type { CasilPolicy } from "../../src/casil/Policy.ts"
import { AgentId, defaultTenant, PluginName, type TurnId } from "../../src/domain/Ids.ts"
import { Instance, type InstanceFacts } from "../../src/domain/Instance.ts"
import { storageKey } from "../../src/domain/SessionKey.ts"
import { type ContextLimits, defaultContextLimits } from "../../src/memory/ContextLimits.ts"
import { Memory } from "../../src/memory/Memory.ts"
import { type Known, nothingKnown } from "../../src/memory/MemoryChoice.ts"
import { Soul, SoulError } from "../../src/memory/Soul.ts"
import { Model, type ModelOptions } from "../../src/model/Model.ts"
import type { ModelAdapter } from "../../src/model/ModelAdapter.ts"
import type { ModelError } from "../../src/model/ModelError.ts"
import type { ModelPart, ModelRequest } from "../../src/model/ModelRequest.ts"
import type { Capability } from "../../src/sandbox/Capability.ts"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
import type { Inbox } from "../../src/session/Inbox.ts"
import { SessionStore } from "../../src/session/SessionStore.ts"
import { price, unlimited } from "../budget/fixtures.ts"
import { fake, finish, text, usage } from "../model/fixtures.ts"
import { authenticator, instanceOf, keyOf } from "../session/fixtures.ts"

export { finish, text }

export const call = (name: string, params: unknown, id = "vendor-id"): ModelPart => ({
  type: "tool-call",
  id,
  name,
  params,
  providerExecuted: false
})
export const calls: ModelPart = { type: "finish", reason: "tool-calls", usage: usage(10, 5) }

type Answer = ReadonlyArray<ModelPart> | Stream.Stream<ModelPart, ModelError>

/** A vendor whose n-th answer is the n-th of the list (the last one again and again), and what it was asked. */
export const vendor = (answers: ReadonlyArray<Answer>, part: Partial<ModelAdapter> = {}) => {
  const requests: Array<ModelRequest> = []
  const adapter = fake((request) => {
    requests.push(request)
    const answer = answers[Math.min(requests.length, answers.length) - 1] ?? []
    return Array.isArray(answer) ? Stream.fromIterable(answer) : (answer as Stream.Stream<ModelPart, ModelError>)
  }, part)
  return { adapter, requests }
}

export const agent = (part: Partial<Agent> = {}): Agent => ({
  id: AgentId.make("main"),
  targets: [{ provider: "fake", model: "fake-1", maxOutputTokens: 100 }],
  systemPrompt: "Be brief.",
  soulPath: undefined,
  tools: undefined,
  approve: [],
  skill: undefined,
  cache: true,
  limits: { modelCalls: 8, toolCalls: 8, seconds: 300 },
  ...part
})

export interface Options {
  readonly adapters: ReadonlyArray<ModelAdapter>
  readonly agent?: Partial<Agent>
  readonly bounds?: Bounds
  readonly tools?: ReadonlyArray<TestTool>
  /** What the plugin of the tools was granted. */
  readonly capabilities?: ReadonlyArray<Capability>
  /** What the skill plugin `test` answers. */
  readonly skill?: (text: string) => Effect.Effect<string>
  readonly casil?: Partial<CasilPolicy>
  readonly limits?: Partial<BudgetLimits>
  /** How long a call waits for what is only set aside. */
  readonly patienceMs?: number
  readonly context?: Partial<ContextLimits>
  readonly soul?: string | SoulError
  /** What memory has for any message. */
  readonly known?: () => Known
  readonly model?: Partial<ModelOptions>
  readonly path?: string
  readonly instance?: InstanceFacts
  readonly lives?: (instance: InstanceFacts) => boolean
  /** Stands between the conversation and its store. */
  readonly wrapStore?: (store: SessionStore["Service"]) => SessionStore["Service"]
  /** Stands between the ledger and its store. */
  readonly wrapLedger?: (store: LedgerStore["Service"]) => LedgerStore["Service"]
}

export type World = Approvals | Inbox | SessionStore | BudgetLedger | Audit

const sandbox = ({ capabilities, skill, tools = [] }: Options): Layer.Layer<Sandbox> =>
  Layer.effect(
    Sandbox,
    Effect.map(Sandbox, (plain): Sandbox["Service"] =>
      skill === undefined ? plain : { ...plain, handleMessage: (_, message) => skill(message.value.text) }
    )
  ).pipe(Layer.provide(layerTest(tools, capabilities)))

export const skillName = PluginName.make("test")

export const world = (options: Options): Layer.Layer<World> => {
  const { instance = instanceOf(1), lives = () => true, wrapStore = (store) => store, soul } = options
  const store = Layer.effect(SessionStore, Effect.map(SessionStore, wrapStore)).pipe(
    Layer.provide(SqliteSessionStore.layerWith(lives))
  )
  const ledger = Layer.effect(
    BudgetLedger,
    make({ limits: Effect.succeed({ ...unlimited, ...options.limits }), lives, patienceMs: options.patienceMs })
  ).pipe(
    Layer.provide(Layer.effect(LedgerStore, Effect.map(LedgerStore, options.wrapLedger ?? ((books) => books)))),
    Layer.provide(SqliteLedgerStore.layer(SqliteAudit.appendEntry))
  )
  const below = Layer.mergeAll(store, ledger, SqliteApprovals.layer(), SqliteAudit.layer).pipe(
    Layer.provide(Layer.orDie(SqliteStore.layer(options.path ?? ":memory:")))
  )
  const model = Model.layerWith(options.model ?? {}).pipe(
    Layer.provide(Layer.merge(layerOf(options.adapters), PricesLayer.layer({ "fake-1": price })))
  )
  const soulLayer = Layer.succeed(Soul, {
    read: () => (soul instanceof SoulError ? Effect.fail(soul) : Effect.succeed(soul))
  })
  return Continuation.layer.pipe(
    Layer.provideMerge(InboxLayer.layer({ waitingLimit: 100 })),
    Layer.provide(TurnLoop.layer({ ...defaultContextLimits, ...options.context })),
    Layer.provide(Layer.succeed(Memory, { known: () => Effect.sync(options.known ?? (() => nothingKnown)) })),
    Layer.provide(TurnLogLayer.layer),
    Layer.provide(
      Layer.mergeAll(
        TurnLogLayer.layerFeed,
        authenticator,
        Agents.layerOf([agent(options.agent)], options.bounds),
        Casil.layer(options.casil),
        model,
        sandbox(options),
        soulLayer
      )
    ),
    Layer.provideMerge(below),
    Layer.provide(Layer.mergeAll(NodeEntropy.layer, Layer.succeed(Instance, instance)))
  )
}

/** All that is held now, over all accounts that are listed. */
export const heldNow = Effect.gen(function* () {
  const ledger = yield* BudgetLedger
  const accounts = yield* ledger.status({
    tenant: defaultTenant,
    agent: AgentId.make("main"),
    session: storageKey(keyOf("main"))
  })
  return accounts.reduce((all, { held }) => all + held, 0)
})

export const chargesOf = (turn: TurnId) => Effect.flatMap(BudgetLedger, (ledger) => ledger.charges(turn))
