/** `[memory]` as the context compiler takes it. Pure. */
import { type ContextLimits, defaultContextLimits } from "../../memory/ContextLimits.ts"
import type { SettingsValues } from "../Settings.ts"

export const contextLimits = ({ memory }: SettingsValues): ContextLimits => ({
  ...defaultContextLimits,
  ceiling: memory.ceiling,
  requestCeiling: memory.request_ceiling,
  window: memory.episodic_window
})
