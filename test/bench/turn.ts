/** The runtime's own time per turn: a model that answers at once, in memory and on the disk. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { type Agent, Agents } from "../../src/agent/Agent.ts"
import { Casil } from "../../src/casil/Casil.ts"
import { AgentId, defaultTenant, PrincipalId } from "../../src/domain/Ids.ts"
import { Authenticator } from "../../src/identity/Authenticator.ts"
import { Principal } from "../../src/identity/Principal.ts"
import { clientScopes } from "../../src/identity/Scope.ts"
import { defaultContextLimits } from "../../src/memory/ContextLimits.ts"
import { Soul } from "../../src/memory/Soul.ts"
import { TurnSource } from "../../src/memory/TurnSource.ts"
import { Model } from "../../src/model/Model.ts"
import type { ModelAdapter } from "../../src/model/ModelAdapter.ts"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
import { Inbox } from "../../src/session/Inbox.ts"
import * as TurnLoop from "../../layers/agent/TurnLoop.ts"
import * as SqliteApprovals from "../../layers/approval/SqliteApprovals.ts"
import * as SqliteAudit from "../../layers/audit/SqliteAudit.ts"
import * as Ledger from "../../layers/budget/Ledger.ts"
import * as SqliteLedgerStore from "../../layers/budget/SqliteLedgerStore.ts"
import { layerTest as authenticator } from "../../layers/identity/TokenAuthenticator.ts"
import { layerOf } from "../../layers/model/Adapters.ts"
import { layerTable } from "../../layers/model/Prices.ts"
import * as Memories from "../../layers/memory/Memories.ts"
import * as NodeEntropy from "../../layers/platform/NodeEntropy.ts"
import * as NodeInstance from "../../layers/platform/NodeInstance.ts"
import * as InboxLayer from "../../layers/session/Inbox.ts"
import * as SqliteSessionStore from "../../layers/session/SqliteSessionStore.ts"
import * as TurnLog from "../../layers/session/TurnLog.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import type { Store } from "../../layers/store/Store.ts"
import { defaultLimits } from "../../src/budget/Limits.ts"
import { percentile, type Row } from "./row.ts"

const usage = {
  inputTokens: { total: 10, uncached: 10, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 2, text: 2, reasoning: 0 }
}

const instant: ModelAdapter = {
  provider: "instant",
  free: true,
  minimumOutput: 1,
  bound: () => Effect.succeed({ upper: 1_000, estimate: 10 }),
  stream: () =>
    Stream.make(
      { type: "text-start" as const, id: "t" },
      { type: "text-delta" as const, id: "t", delta: "All well." },
      { type: "text-end" as const, id: "t" },
      { type: "finish" as const, reason: "stop" as const, usage, response: undefined }
    )
}

const agent: Agent = {
  id: AgentId.make("default"),
  targets: [{ provider: "instant", model: "instant", maxOutputTokens: 100 }],
  systemPrompt: "Be brief.",
  soulPath: undefined,
  tools: undefined,
  approve: [],
  skill: undefined,
  cache: true,
  limits: { modelCalls: 4, toolCalls: 4, seconds: 60 }
}

/** What the gateway has of memory by default. */
const memory = Memories.layer({
  enabled: true,
  extraction: "local",
  timezone: "UTC",
  recalled: defaultContextLimits.recalled,
  retention: { days: undefined, utterances: 200_000, facts: 5_000 }
})

const graph = <A>(file: string, memory: Layer.Layer<A, never, Store | SqliteStore.SqliteWriter>) => {
  const Storage = Layer.mergeAll(SqliteAudit.layer, SqliteSessionStore.layer, SqliteApprovals.layer()).pipe(
    Layer.provideMerge(file === ":memory:" ? SqliteStore.layerMemory : SqliteStore.layer(file)),
    Layer.provideMerge(NodeInstance.layer.pipe(Layer.provideMerge(NodeEntropy.layer)))
  )
  const Money = Ledger.layer({ ...defaultLimits, day: { tokens: 2_000_000_000 } }).pipe(
    Layer.provide(SqliteLedgerStore.layer(SqliteAudit.appendEntry))
  )
  const Parts = Layer.mergeAll(
    Money,
    authenticator(),
    Casil.layer(),
    Model.layer.pipe(Layer.provide([layerOf([instant]), layerTable])),
    Layer.succeed(Sandbox, {
      plugins: [],
      leftOut: [],
      tools: [],
      callTool: () => Effect.succeed({ content: "", isError: true }),
      handleMessage: () => Effect.succeed("")
    }),
    Layer.succeed(Soul, { read: () => Effect.succeed(undefined) }),
    Agents.layerOf([agent])
  )
  return InboxLayer.layer({ waitingLimit: 8 }).pipe(
    Layer.provideMerge(TurnLoop.layer(defaultContextLimits)),
    Layer.provideMerge(TurnLog.layer),
    Layer.provide(TurnLog.layerFeed),
    Layer.provideMerge(Layer.provideMerge(Parts, memory)),
    Layer.provideMerge(Storage)
  )
}

const oneTurn = Effect.fnUntraced(function* (peer: string, message = "How is everybody today?") {
  const inbox = yield* Inbox
  const casil = yield* Casil
  const { turnId } = yield* inbox.submit({
    session: { tenant: defaultTenant, agent: agent.id, channel: "bench", account: "local", conversation: { peer } },
    content: yield* casil.text("prompt", message),
    idempotencyKey: undefined,
    maxTokens: undefined
  })
  return yield* inbox.result(turnId)
})

const measure = (file: string): Promise<ReadonlyArray<number>> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const authenticated = yield* Authenticator
      const principal = authenticated.internal({
        id: PrincipalId.make("local"),
        tenant: defaultTenant,
        scopes: clientScopes
      })
      const timed = (peer: string) =>
        Effect.gen(function* () {
          const began = performance.now()
          yield* oneTurn(peer)
          return performance.now() - began
        }).pipe(Effect.provideService(Principal, principal))
      for (let i = 0; i < 300; i++) yield* timed(`warm-${i % 20}`)
      const times: Array<number> = []
      for (let i = 0; i < 1_000; i++) times.push(yield* timed(`session-${i}`))
      return times.toSorted((a, b) => a - b)
    }).pipe(Effect.provide(graph(file, Layer.empty)))
  )

/** People with a history of a few turns each, as most have, in sentences that state something and ask for it. */
const talk = [
  "Hi, I'm Ada and my dog is called Luna.",
  "I live in Berlin and work as a nurse.",
  "The bus was late again, and it rained all day.",
  "My sister Anna moved from Rome to Oslo last year.",
  "What is my dog called?",
  "Always answer briefly, please.",
  "Yesterday I went to a concert with two friends.",
  "Where does my sister live?",
  "I like tea and long walks, but no coffee.",
  "How is everybody today?"
]

/** Memory takes a turn in behind its answer, while people read it. */
const remembered = Effect.gen(function* () {
  const { countPending } = yield* TurnSource
  yield* Effect.repeat(Effect.andThen(Effect.sleep("5 millis"), Effect.orDie(countPending)), {
    until: (pending) => pending === 0
  })
})

/** What askers wait for, sorted, and the processor time of a turn with memory's part behind the answer; milliseconds. */
const measureWithMemory = (): Promise<{ readonly waited: ReadonlyArray<number>; readonly cpu: number }> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const authenticated = yield* Authenticator
      const times: Array<number> = []
      let before = process.cpuUsage()
      for (let person = 0; person < 100; person++) {
        const id = PrincipalId.make(`person-${person}`)
        const principal = authenticated.internal({ id, tenant: defaultTenant, scopes: clientScopes })
        if (person === 30) before = process.cpuUsage()
        for (const message of talk) {
          const began = performance.now()
          yield* Effect.provideService(oneTurn(`of ${person}`, message), Principal, principal)
          if (person >= 30) times.push(performance.now() - began)
          yield* remembered
        }
      }
      const { system, user } = process.cpuUsage(before)
      return { waited: times.toSorted((a, b) => a - b), cpu: (system + user) / 1000 / times.length }
    }).pipe(Effect.provide(graph(":memory:", memory)))
  )

export const turnBench = async (): Promise<ReadonlyArray<Row>> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "exoclaw-bench-turn-"))
  try {
    const own = await measure(":memory:")
    const durable = await measure(path.join(folder, "bench.db"))
    const remembering = await measureWithMemory()
    const p50 = percentile(own, 0.5)
    const p99 = percentile(own, 0.99)
    return [
      {
        name: "runtime's own time per turn, no disk, p50",
        value: p50,
        unit: "ms",
        goal: "< 2",
        met: p50 < 2,
        better: "lower",
        scale: "cpu"
      },
      {
        name: "runtime's own time per turn, no disk, p99",
        value: p99,
        unit: "ms",
        goal: "< 10",
        met: p99 < 10,
        better: "lower",
        scale: "cpu",
        tail: true
      },
      {
        name: "the same with memory on, histories of ten turns, p50",
        value: percentile(remembering.waited, 0.5),
        unit: "ms",
        goal: "< 2",
        met: percentile(remembering.waited, 0.5) < 2,
        better: "lower",
        scale: "cpu"
      },
      {
        name: "processor time of such a turn, with what memory does behind the answer",
        value: remembering.cpu,
        unit: "ms",
        better: "lower",
        scale: "cpu"
      },
      {
        name: "the same with a durable store, p50",
        value: percentile(durable, 0.5),
        unit: "ms",
        better: "lower",
        scale: "turn"
      },
      {
        name: "the same with a durable store, p99",
        value: percentile(durable, 0.99),
        unit: "ms",
        better: "lower",
        scale: "turn",
        tail: true
      }
    ]
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}
