/** An agent: who answers, with which model and tools, within which limits. */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import { type AgentId, type JobId, jobOfPrincipal, type PluginName, type PrincipalId } from "../domain/Ids.ts"
import type { SessionKey } from "../domain/SessionKey.ts"
import type { ModelTarget } from "../model/ModelRequest.ts"
import type { Address } from "../router/Binding.ts"

/** Limits of one turn. */
export interface TurnLimits {
  readonly modelCalls: number
  readonly toolCalls: number
  readonly seconds: number
  /** Tokens that one turn may use in any minute; without it, any number. */
  readonly tokensPerMinute?: number | undefined
}

export interface Agent {
  readonly id: AgentId
  /** The model that answers, then those that answer in its place. At least one. */
  readonly targets: readonly [ModelTarget, ...ReadonlyArray<ModelTarget>]
  readonly systemPrompt: string | undefined
  readonly soulPath: string | undefined
  /** Tools the agent may call; undefined means those of all plugins. */
  readonly tools: ReadonlyArray<string> | undefined
  /** Tools whose every call waits for a person. */
  readonly approve: ReadonlyArray<string>
  /** Plugin that answers in the model's place. */
  readonly skill: PluginName | undefined
  /** Whether what comes again of its prompts may be kept by a vendor that wants to be told. */
  readonly cache: boolean
  readonly limits: TurnLimits
}

/** Tools of each job of the schedule. */
export type JobTools = ReadonlyMap<JobId, ReadonlyArray<string>>

/** What leaves an agent fewer of its tools than it has. */
export interface Bounds {
  readonly jobs?: JobTools
  /** Names of the tools that are left where a message comes from; undefined for all. */
  readonly toolsAt?: (address: Address) => ReadonlyArray<string> | undefined
}

/** The agent with those of its tools that `tools` names too: never with one more. */
const narrowed = (agent: Agent, tools: ReadonlyArray<string>): Agent => ({
  ...agent,
  tools: tools.filter((tool) => agent.tools === undefined || agent.tools.includes(tool))
})

export class Agents extends Context.Service<
  Agents,
  {
    readonly get: (id: AgentId) => Agent | undefined
    /**
     * The agent of a session as it acts there for a principal: with those of its tools that are left at that address,
     * and for a job those of the job. Undefined where the agent or the job is not configured any more, so that a turn from
     * before goes on with nothing it may not do now.
     */
    readonly actingFor: (principal: PrincipalId, session: SessionKey) => Agent | undefined
    readonly all: ReadonlyArray<Agent>
  }
>()("exoclaw/agent/Agents") {
  static readonly layerOf = (
    agents: ReadonlyArray<Agent>,
    { jobs = new Map(), toolsAt = () => undefined }: Bounds = {}
  ): Layer.Layer<Agents> => {
    const byId = new Map(agents.map((agent) => [agent.id, agent]))
    return Layer.succeed(Agents, {
      get: (id) => byId.get(id),
      actingFor: (principal, { account, agent: id, channel, conversation }) => {
        const agent = byId.get(id)
        if (agent === undefined) return undefined
        const left = toolsAt({ channel, account, ...conversation })
        const here = left === undefined ? agent : narrowed(agent, left)
        const job = jobOfPrincipal(principal)
        if (job === undefined) return here
        const tools = jobs.get(job)
        return tools === undefined ? undefined : narrowed(here, tools)
      },
      all: agents
    })
  }
}
