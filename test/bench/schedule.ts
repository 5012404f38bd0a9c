/** What a job costs that runs one tool: input tokens of all its model calls, by the offline model's own count. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TurnLoop from "../../layers/agent/TurnLoop.ts"
import * as SqliteApprovals from "../../layers/approval/SqliteApprovals.ts"
import * as MemoryAudit from "../../layers/audit/MemoryAudit.ts"
import * as Ledger from "../../layers/budget/Ledger.ts"
import { layerTest as authenticator } from "../../layers/identity/TokenAuthenticator.ts"
import * as Adapters from "../../layers/model/Adapters.ts"
import * as Prices from "../../layers/model/Prices.ts"
import * as NodeEntropy from "../../layers/platform/NodeEntropy.ts"
import * as NodeInstance from "../../layers/platform/NodeInstance.ts"
import * as SandboxTest from "../../layers/sandbox/SandboxTest.ts"
import * as SchedulerLayer from "../../layers/schedule/Scheduler.ts"
import * as SqliteScheduleStore from "../../layers/schedule/SqliteScheduleStore.ts"
import * as InboxLayer from "../../layers/session/Inbox.ts"
import * as SqliteSessionStore from "../../layers/session/SqliteSessionStore.ts"
import * as TurnLog from "../../layers/session/TurnLog.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { type Agent, Agents } from "../../src/agent/Agent.ts"
import { Casil } from "../../src/casil/Casil.ts"
import { AgentId, JobId } from "../../src/domain/Ids.ts"
import { defaultContextLimits } from "../../src/memory/ContextLimits.ts"
import { Soul } from "../../src/memory/Soul.ts"
import { Model } from "../../src/model/Model.ts"
import type { Job } from "../../src/schedule/Job.ts"
import { Scheduler } from "../../src/schedule/Scheduler.ts"
import type { Row } from "./row.ts"

const agent: Agent = {
  id: AgentId.make("default"),
  targets: [{ provider: "offline", model: "offline", maxOutputTokens: 1_000 }],
  systemPrompt: "You keep an eye on things. Answer in one sentence.",
  soulPath: undefined,
  tools: undefined,
  approve: [],
  skill: undefined,
  cache: true,
  limits: { modelCalls: 4, toolCalls: 4, seconds: 60 }
}

const job: Job = {
  id: JobId.make("watch"),
  plan: { _tag: "Every", ms: 1_800_000 },
  when: "@every 30m",
  agent: agent.id,
  prompt: "use echo to say that all is well",
  tools: ["echo"],
  scopes: [],
  history: false,
  missed: "skip",
  paused: false
}

/** As many tools as an installation may have; the job is shown its own. */
const tools = ["echo", "notes", "clock", "calculator", "fetch", "query"].map((name): SandboxTest.TestTool => ({
  name,
  description: `Does what a tool of the name ${name} does, described in as many words as that takes.`,
  inputSchema: {
    type: "object",
    properties: { message: { type: "string", description: "What it needs to know." } },
    required: ["message"]
  },
  run: ({ message }) => Effect.succeed(`${name}: ${String(message)}`)
}))

const graph = SchedulerLayer.layer([job]).pipe(
  Layer.provide(SqliteScheduleStore.layer),
  Layer.provide(InboxLayer.layer({ waitingLimit: 8 })),
  Layer.provide(TurnLoop.layer(defaultContextLimits)),
  Layer.provide([TurnLog.layer, SqliteApprovals.layer()]),
  Layer.provide([TurnLog.layerFeed, SqliteSessionStore.layer, SandboxTest.layerTest(tools)]),
  Layer.provide([
    SqliteStore.layerMemory,
    Model.layer,
    Agents.layerOf([agent], { jobs: new Map([[job.id, job.tools]]) })
  ]),
  Layer.provide([Layer.succeed(Soul, { read: () => Effect.succeed(undefined) }), authenticator()]),
  Layer.provide([Casil.layer(), MemoryAudit.layerMemory, Ledger.layerMemory(), Prices.layerTable]),
  Layer.provide([Adapters.layerTest, NodeInstance.layer]),
  Layer.provide(NodeEntropy.layer)
)

const inputTokens = Effect.gen(function* () {
  const scheduler = yield* Scheduler
  const run = yield* scheduler.run(job.id)
  const { receipt } = yield* run.result
  const ran = receipt?.tools.reduce((sum, { calls, errors }) => sum + calls - errors, 0)
  if (receipt === null || ran !== 1) throw new Error(`the job ran ${ran ?? 0} tools instead of one`)
  return receipt.calls.reduce((sum, call) => sum + call.inputTokens + call.cacheRead + call.cacheWrite, 0)
})

export const scheduleBench = async (): Promise<ReadonlyArray<Row>> => {
  const value = await Effect.runPromise(Effect.provide(inputTokens, graph))
  return [
    {
      name: "a scheduled turn that runs one tool, input",
      value,
      unit: "tokens",
      goal: "< 1,000",
      met: value < 1_000,
      better: "lower",
      scale: "none"
    }
  ]
}
