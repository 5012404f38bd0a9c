/** An agent: who answers, with which model and tools, within which limits. */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type { AgentId, PluginName } from "../domain/Ids.ts"
import type { ModelTarget } from "../model/ModelRequest.ts"

/** Limits of one turn. */
export interface TurnLimits {
  readonly modelCalls: number
  readonly toolCalls: number
  readonly seconds: number
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
  readonly limits: TurnLimits
}

export class Agents extends Context.Service<
  Agents,
  {
    readonly get: (id: AgentId) => Agent | undefined
    readonly all: ReadonlyArray<Agent>
  }
>()("exoclaw/agent/Agents") {
  static readonly layerOf = (agents: ReadonlyArray<Agent>): Layer.Layer<Agents> => {
    const byId = new Map(agents.map((agent) => [agent.id, agent]))
    return Layer.succeed(Agents, { get: (id) => byId.get(id), all: agents })
  }
}
