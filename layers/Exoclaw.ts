/**
 * The graph: the only file that knows all the rest. Seven sub-graphs, bottom-up; whoever wants another store, provider
 * or door replaces one Layer here, or builds a graph of their own from the same parts.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { dirname, join, resolve } from "node:path"
import * as InspectionThread from "./casil/InspectionThread.ts"
import { Agents } from "../src/agent/Agent.ts"
import { Audit } from "../src/audit/Audit.ts"
import { BudgetLedger } from "../src/budget/BudgetLedger.ts"
import { LedgerUnavailable } from "../src/budget/BudgetError.ts"
import { Casil } from "../src/casil/Casil.ts"
import * as Classifier from "../src/casil/Classifier.ts"
import type { ConfigError } from "../src/config/ConfigError.ts"
import { GatewayStatus } from "../src/gateway/GatewayStatus.ts"
import type { ListenError } from "../src/gateway/ListenError.ts"
import { Authorizer } from "../src/identity/Authorizer.ts"
import type { IdentityError } from "../src/identity/IdentityError.ts"
import { TokenStore } from "../src/identity/TokenStore.ts"
import { Model } from "../src/model/Model.ts"
import { Router } from "../src/router/Router.ts"
import type { GrantInput } from "../src/sandbox/Capability.ts"
import { PluginError } from "../src/sandbox/PluginError.ts"
import { Inbox } from "../src/session/Inbox.ts"
import * as agents from "../src/settings/options/agents.ts"
import * as budget from "../src/settings/options/budget.ts"
import { casilPolicy } from "../src/settings/options/casil.ts"
import { credentialVariables } from "../src/settings/options/credentials.ts"
import * as listeners from "../src/settings/options/gateway.ts"
import { telemetry } from "../src/settings/options/telemetry.ts"
import * as schedule from "../src/settings/options/schedule.ts"
import { contextLimits, embedder, extractionTarget, memory } from "../src/settings/options/memory.ts"
import type { SettingsShape, SettingsValues } from "../src/settings/Settings.ts"
import * as Continuation from "./agent/Continuation.ts"
import * as TurnLoop from "./agent/TurnLoop.ts"
import * as SqliteApprovals from "./approval/SqliteApprovals.ts"
import * as SqliteAudit from "./audit/SqliteAudit.ts"
import * as Ledger from "./budget/Ledger.ts"
import { type Flags, load } from "./config/ConfigFile.ts"
import { processSurroundings } from "./config/Surroundings.ts"
import * as SqliteLedgerStore from "./budget/SqliteLedgerStore.ts"
import * as ConfigAudit from "./gateway/ConfigAudit.ts"
import * as Doors from "./gateway/Doors.ts"
import * as Exposure from "./gateway/Exposure.ts"
import type { Own } from "./gateway/Own.ts"
import * as PluginHost from "./gateway/PluginHost.ts"
import * as PluginLoading from "./gateway/PluginLoading.ts"
import * as PluginNames from "./gateway/PluginNames.ts"
import * as Reloading from "./gateway/Reloading.ts"
import * as Revocation from "./gateway/Revocation.ts"
import * as SignedAudit from "./gateway/SignedAudit.ts"
import * as SignedTokens from "./gateway/SignedTokens.ts"
import * as RoomAgents from "./gateway/RoomAgents.ts"
import * as Spine from "./gateway/Spine.ts"
import * as StateReport from "./gateway/StateReport.ts"
import * as Status from "./gateway/Status.ts"
import * as Warming from "./gateway/Warming.ts"
import * as RateLimit from "./http/RateLimit.ts"
import * as SqliteTokens from "./identity/SqliteTokens.ts"
import * as OperatorTokenProof from "./identity/OperatorTokenProof.ts"
import * as TokenAuthenticator from "./identity/TokenAuthenticator.ts"
import * as Memories from "./memory/Memories.ts"
import * as SoulFile from "./memory/SoulFile.ts"
import * as Adapters from "./model/Adapters.ts"
import { missingKeysNote } from "./model/MissingKeys.ts"
import * as ConfiguredEmbedder from "./model/ConfiguredEmbedder.ts"
import * as ModelExtractor from "./model/ModelExtractor.ts"
import * as SqliteTokenFactors from "./model/SqliteTokenFactors.ts"
import * as Prices from "./model/Prices.ts"
import * as NodeEntropy from "./platform/NodeEntropy.ts"
import * as NodeInstance from "./platform/NodeInstance.ts"
import * as Bundled from "./sandbox/Bundled.ts"
import * as Sandbox from "./sandbox/Sandbox.ts"
import { SlotPool } from "./sandbox/SlotPool.ts"
import * as Scheduler from "./schedule/Scheduler.ts"
import * as SqliteScheduleStore from "./schedule/SqliteScheduleStore.ts"
import * as InboxLayer from "./session/Inbox.ts"
import * as Sessions from "./session/Sessions.ts"
import * as SqliteSessionStore from "./session/SqliteSessionStore.ts"
import * as SqliteToolUsage from "./session/SqliteToolUsage.ts"
import * as TurnLog from "./session/TurnLog.ts"
import * as ProcessGauges from "./telemetry/ProcessGauges.ts"
import * as Telemetry from "./telemetry/Telemetry.ts"
import * as SqliteStore from "./store/SqliteStore.ts"
import type { StoreError } from "./store/Store.ts"

/** How long a call waits for money that is only set aside for others: about as long as a model's answer takes. */
const budgetPatienceMs = 30_000

/** Turns that may wait in one session. */
const waitingLimit = 64

/** Why a gateway did not start; each has a sentence with the next step. */
export type StartError = ConfigError | StoreError | IdentityError | PluginError | ListenError | Exposure.TokenRequired

/** The gateway of these settings; `reread` reads them again when an operator asks. */
export const layer = (settings: SettingsShape, reread: Effect.Effect<SettingsShape, ConfigError>, own: Own = {}) => {
  const { configFile, environment, stateDir, values } = settings
  const inState = (name: string) => join(stateDir, name)
  const inFolder = (path: string) => resolve(configFile === undefined ? stateDir : dirname(configFile), path)
  const configured = agents.agents(values, inFolder)
  const all = own.agents?.(configured) ?? configured

  const keys = { folder: inState("credentials"), env: credentialVariables(environment) }
  const Platform = NodeInstance.layer.pipe(Layer.provideMerge(NodeEntropy.layer))
  const database = inState("exoclaw.db")
  const inMemory = own.inMemory === true
  const Storage = Layer.mergeAll(
    // whose entries are gone with it needs no signature
    inMemory ? SqliteAudit.layer : SignedAudit.layer({ database, retentionDays: values.audit.retention_days }),
    SqliteSessionStore.layer,
    SqliteToolUsage.layer,
    SqliteApprovals.layer(values.approvals.expiry * 1000)
  ).pipe(
    Layer.provideMerge(inMemory ? SqliteStore.layerMemory : SqliteStore.layer(database)),
    Layer.provideMerge(Platform)
  )
  const Money = Layer.mergeAll(
    Layer.unwrap(
      Effect.gen(function* () {
        const { values: now } = yield* Reloading.Current
        const tokens = yield* TokenStore
        return Ledger.layerReloadable(Effect.sync(budget.currentLimits(now)), {
          patienceMs: budgetPatienceMs,
          ofToken: (tenant, name) =>
            Effect.mapError(tokens.budgetOf(tenant, name), (cause) => new LedgerUnavailable({ cause }))
        })
      })
    ).pipe(Layer.provide(SqliteLedgerStore.layer(SqliteAudit.appendEntry))),
    Prices.layer(budget.priceOverrides(values))
  )
  const Policy = Layer.mergeAll(
    own.authenticator ??
      TokenAuthenticator.layer({
        envToken: environment.token,
        configTokens: values.tokens,
        operatorTokenFile: inState("operator.token")
      }),
    OperatorTokenProof.layer(inState("operator.token")),
    Authorizer.layerScopes,
    Casil.layer(casilPolicy(values)).pipe(
      Layer.provide([InspectionThread.layer(), Classifier.layerOf(own.inspection ?? [])])
    )
  ).pipe(Layer.provide(SignedTokens.layer(values.gateway.jwt, inFolder)))
  const Models = Model.layer.pipe(
    Layer.provide(
      Adapters.layer({
        providers: agents.vendors(values),
        credentials: keys.folder,
        env: keys.env,
        own: own.adapters
      })
    )
  )
  const pluginEntries = ({ plugins }: SettingsValues) =>
    plugins.length === 0
      ? Effect.succeed(Bundled.bundledPlugins())
      : Effect.forEach(plugins, (plugin) => Effect.fromResult(Bundled.configured(plugin, inFolder)))
  const pluginFunctions = (grants: ReadonlyArray<GrantInput>) =>
    PluginHost.hostFunctions({
      agents: all,
      grants,
      secretsFile: inState("secrets.db"),
      secretKey: environment.secretKey,
      own: own.hostFunctions
    })
  const Plugins = Layer.merge(
    PluginNames.layer(settings),
    PluginLoading.layer({
      configFile: configFile ?? inState("config.toml"),
      entries: Effect.flatMap(reread, (now) => pluginEntries(now.values)),
      // whatever the configuration will grant
      hostFunctions: pluginFunctions(["http:any", "secret:any"])
    })
  ).pipe(
    Layer.provideMerge(
      Layer.unwrap(
        Effect.gen(function* () {
          const plugins = yield* Effect.mapError(pluginEntries(values), (reason) => new PluginError({ reason }))
          return Sandbox.layer({
            plugins,
            slots: values.sandbox.slots,
            memoryMiB: values.sandbox.memory,
            deadlineMs: values.sandbox.deadline * 1000,
            trust: { publishers: values.sandbox.publishers, requireSignature: values.sandbox.require_signature },
            hostFunctions: yield* pluginFunctions(plugins.flatMap(({ capabilities }) => capabilities))
          })
        })
      )
    )
  )
  const Conversation = Layer.mergeAll(Continuation.layer, Sessions.layer).pipe(
    Layer.provideMerge(InboxLayer.layer({ waitingLimit })),
    Layer.provideMerge(TurnLoop.layer(contextLimits(values))),
    Layer.provideMerge(TurnLog.layer),
    Layer.provide(TurnLog.layerFeed),
    Layer.provide(SoulFile.layer({ defaultPath: inState("soul.md"), limit: contextLimits(values).soul })),
    Layer.provideMerge(
      Layer.unwrap(
        Effect.map(Router, ({ toolsAt }) => Agents.layerOf(all, { jobs: schedule.jobTools(values), toolsAt }))
      ).pipe(Layer.provideMerge(Router.layerBindings(agents.bindings(values), values.agents[0].id)))
    )
  )
  const Listeners = Layer.unwrap(
    Effect.gen(function* () {
      yield* Exposure.check(settings)
      return Doors.layer({
        loaded: () => ConfigAudit.loaded(settings),
        host: values.gateway.bind,
        port: values.gateway.port,
        operatorPort: values.gateway.operator_port,
        tls: yield* Exposure.readTls(values, inFolder),
        limits: listeners.listenerLimits(values),
        allowedHosts: values.gateway.hosts,
        allowedOrigins: values.gateway.origins,
        trustedProxies: values.gateway.trusted_proxy
      })
    })
  ).pipe(
    Layer.provide(
      Layer.unwrap(
        Effect.map(SlotPool, ({ processes }) =>
          ProcessGauges.layer({
            slots: Effect.map(processes, ({ idle, slots }) => ({ running: slots.length, idle })),
            every: values.telemetry.otlp_endpoint === undefined ? undefined : "8 seconds"
          })
        )
      )
    ),
    Layer.provideMerge(Revocation.layer),
    Layer.provideMerge(
      Layer.mergeAll(
        Warming.layer,
        RateLimit.layerWith({ policies: listeners.ratePolicies(values) }),
        Scheduler.layer(schedule.jobs(values)).pipe(Layer.provide(SqliteScheduleStore.layer)),
        StateReport.layer(stateDir)
      )
    )
  )

  return Layer.merge(Listeners, RoomAgents.layer(values.agents)).pipe(
    Layer.provideMerge(Conversation),
    Layer.provideMerge(
      Memories.layer(
        memory(values),
        ConfiguredEmbedder.layer(embedder(values), keys),
        ModelExtractor.layer({ targetOf: extractionTarget(values, all) })
      )
    ),
    Layer.provideMerge(Plugins),
    Layer.provideMerge(Spine.layer(settings)),
    Layer.provideMerge(Models),
    Layer.provideMerge(Layer.mergeAll(Money, Policy, SqliteTokenFactors.layer)),
    Layer.provideMerge(SqliteTokens.layer(values.tokens.map(({ name }) => name))),
    Layer.provideMerge(Storage),
    Layer.provideMerge(Layer.mergeAll(Status.layer, Reloading.layer(settings, reread))),
    Layer.provideMerge(Telemetry.layer({ ...telemetry(values, own.inspection), own: own.tracing }))
  )
}

/** What a running gateway offers to the program around it. */
export type Gateway = Audit | BudgetLedger | Casil | Doors.Doors | GatewayStatus | Inbox | Model | Router | SlotPool

const reading = (flags: Flags) => Effect.flatMap(processSurroundings, (surroundings) => load(flags, surroundings))

/** The whole program as one Layer with no open requirement, pinned; with parts of one's own where they are given. */
export const Live = (flags: Flags, own?: Own): Layer.Layer<Gateway, StartError> =>
  Layer.unwrap(Effect.map(reading(flags), (settings) => layer(settings, reading(flags), own)))

/** Runs until somebody stops it; says where it listens, and then does what `opened` says. */
export const gateway = (flags: Flags, opened: Effect.Effect<void> = Effect.void): Effect.Effect<void, StartError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const settings = yield* reading(flags)
      const context = yield* Layer.build(layer(settings, reading(flags)))
      yield* Effect.provide(Doors.announce, context)
      yield* Doors.say(budget.unsetNote(settings))
      yield* Doors.say(missingKeysNote(settings))
      yield* opened
      // the first tool call should not wait for a process to start
      yield* Effect.provide(
        Effect.flatMap(SlotPool, (pool) => pool.warm),
        context
      )
      yield* Effect.provide(untilStopped, context)
    })
  )

/** Waits for the stop, then for what still runs, a bounded time. */
const untilStopped = Effect.gen(function* () {
  const inbox = yield* Inbox
  const status = yield* GatewayStatus
  yield* Effect.onInterrupt(status.awaitStop, () => Effect.timeoutOption(inbox.drain, "10 seconds"))
  yield* Effect.timeoutOption(inbox.drain, "10 seconds")
})
