/** `[memory]` as memory and the context compiler take it. Pure. */
import type { Agent } from "../../agent/Agent.ts"
import type { AgentId } from "../../domain/Ids.ts"
import { type ContextLimits, defaultContextLimits } from "../../memory/ContextLimits.ts"
import type { ModelTarget } from "../../model/ModelRequest.ts"
import type { SettingsValues } from "../Settings.ts"

export const contextLimits = ({ memory }: SettingsValues): ContextLimits => ({
  ...defaultContextLimits,
  ceiling: memory.ceiling,
  requestCeiling: memory.request_ceiling,
  window: memory.episodic_window
})

/** What memory keeps, learns and shows. */
export const memory = ({ memory: of }: SettingsValues) => ({
  enabled: of.semantic_enabled,
  extraction: of.extraction,
  timezone: of.timezone,
  importedRequests: of.imported_requests,
  recalled: defaultContextLimits.recalled,
  retention: { days: of.retention.days, utterances: of.retention.utterances, facts: of.retention.facts }
})

/** Which model finds the facts of an agent's users: none where the agent has no model that reads. */
export const extractionTarget =
  ({ memory: of }: SettingsValues, agents: ReadonlyArray<Agent>) =>
  (id: AgentId): ModelTarget | undefined => {
    const agent = agents.find((one) => one.id === id)
    if (agent === undefined || agent.skill !== undefined) return undefined
    const [target] = agent.targets
    if (target.provider === "offline") return undefined
    return of.extraction_model === undefined ? target : { ...target, model: of.extraction_model }
  }

/** Whose embeddings: undefined for the words that come with exoclaw, "none" for none. */
export const embedder = ({ memory: of }: SettingsValues) => {
  switch (of.embedder) {
    case "words":
      return undefined
    case "none":
      return "none" as const
    case "openai":
      return {
        provider: "openai",
        model: of.embedder_model ?? "text-embedding-3-small",
        baseUrl: of.embedder_url ?? "https://api.openai.com/v1",
        free: false
      }
    case "ollama":
      return {
        provider: "ollama",
        model: of.embedder_model ?? "nomic-embed-text",
        baseUrl: of.embedder_url ?? "http://127.0.0.1:11434/v1",
        free: true
      }
  }
}
