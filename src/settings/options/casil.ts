/** `[casil]` as the inspection takes it. Pure. */
import { type CasilPolicy, defaultPolicy } from "../../casil/Policy.ts"
import type { SettingsValues } from "../Settings.ts"

export const casilPolicy = ({ casil }: SettingsValues): CasilPolicy => ({
  ...defaultPolicy,
  enabled: casil.enabled,
  mode: casil.mode,
  defaultDecision: casil.default_decision,
  onSecret: casil.on_secret,
  limits: {
    maxInspectBytes: casil.limits.max_inspect_bytes,
    maxPayloadBytes: casil.limits.max_payload_bytes,
    oversize: casil.limits.oversize
  }
})
