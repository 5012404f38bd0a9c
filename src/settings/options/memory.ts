/** `[memory]` as memory and the context compiler take it. Pure. */
import { type ContextLimits, defaultContextLimits } from "../../memory/ContextLimits.ts"
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
  recalled: defaultContextLimits.recalled,
  retention: { days: of.retention.days, utterances: of.retention.utterances, facts: of.retention.facts }
})
