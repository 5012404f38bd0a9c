/** `[[agents]]` and `[[bindings]]` as the agent loop and the router take them. Pure. */
import type { Agent } from "../../agent/Agent.ts"
import { derivedPerMinute } from "../../agent/Velocity.ts"
import type { Binding } from "../../router/Binding.ts"
import type { AgentValues, SettingsValues } from "../Settings.ts"

/** A provider at an address, under the name its adapter is registered by. */
export interface Provider {
  readonly id: string
  readonly kind: AgentValues["provider"]
  /** Undefined: the vendor's own address. */
  readonly baseUrl: string | undefined
}

type Named = Pick<AgentValues, "provider" | "base_url">

/**
 * Every provider that some agent uses. The first address of a provider goes by the provider's own name; further ones
 * are told apart by their host.
 */
export const providers = ({ agents }: SettingsValues): ReadonlyArray<Provider> => {
  const found: Array<Provider> = []
  for (const { base_url: baseUrl, provider: kind } of agents.flatMap((agent): ReadonlyArray<Named> =>
    agent.fallback === undefined ? [agent] : [agent, agent.fallback]
  )) {
    if (found.some((known) => known.kind === kind && known.baseUrl === baseUrl)) continue
    const isFirst = !found.some((known) => known.kind === kind)
    found.push({ id: isFirst ? kind : `${kind}@${baseUrl ?? "default"}`, kind, baseUrl })
  }
  return found
}

/** What the adapters of the configured vendors are made of; the offline model needs nothing. */
export const vendors = (values: SettingsValues) =>
  providers(values).flatMap(({ baseUrl, id, kind }) => {
    if (kind === "offline") return []
    const owner = values.agents.find((agent) => agent.provider === kind && agent.base_url === baseUrl)
    return [{ provider: id, wire: kind, credentials: kind, baseUrl, apiKey: owner?.api_key }]
  })

const perMinute = (own: AgentValues["max_tokens_per_minute"], daily: number | "unlimited"): number | undefined =>
  own === undefined ? derivedPerMinute(daily) : own === "unlimited" ? undefined : own

const agent = (
  values: AgentValues,
  daily: number | "unlimited",
  known: ReadonlyArray<Provider>,
  inFolder: (path: string) => string
): Agent => {
  const { fallback, max_tokens } = values
  const target = (from: Named & { readonly model: string }) => ({
    provider:
      known.find(({ baseUrl, kind }) => kind === from.provider && baseUrl === from.base_url)?.id ?? from.provider,
    model: from.model,
    maxOutputTokens: max_tokens
  })
  return {
    id: values.id,
    cache: values.cache,
    targets: fallback === undefined ? [target(values)] : [target(values), target(fallback)],
    systemPrompt: values.system_prompt,
    soulPath: values.soul_path === undefined ? undefined : inFolder(values.soul_path),
    tools: values.tools,
    approve: values.approve,
    skill: values.skill,
    limits: {
      modelCalls: values.max_model_calls,
      toolCalls: values.max_tool_calls,
      seconds: values.max_seconds,
      tokensPerMinute: perMinute(values.max_tokens_per_minute, daily)
    }
  }
}

export const agents = (values: SettingsValues, inFolder: (path: string) => string): ReadonlyArray<Agent> => {
  const known = providers(values)
  return values.agents.map((one) => agent(one, values.budgets.daily, known, inFolder))
}

export const bindings = ({ bindings: configured }: SettingsValues): ReadonlyArray<Binding> =>
  configured.map(({ account_id, agent_id, channel, guild_id, peer_id, team_id, tools }) => ({
    agent: agent_id,
    tools,
    match: { channel, account: account_id, peer: peer_id, guild: guild_id, team: team_id }
  }))
