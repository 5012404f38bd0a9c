/** `[casil]` as the inspection takes it. Pure. */
import { type CasilPolicy, defaultPolicy } from "../../casil/Policy.ts"
import type { SettingsValues } from "../Settings.ts"

type Casil = SettingsValues["casil"]

const overrides = (all: Casil["overrides"]): CasilPolicy["overrides"] =>
  all.map(({ agent, default_decision, mode, on_personal, on_probable, on_secret, tenant }) => ({
    ...(tenant === undefined ? {} : { tenant }),
    ...(agent === undefined ? {} : { agent }),
    ...(mode === undefined ? {} : { mode }),
    ...(on_secret === undefined ? {} : { onSecret: on_secret }),
    ...(on_probable === undefined ? {} : { onProbable: on_probable }),
    ...(on_personal === undefined ? {} : { onPersonal: on_personal }),
    ...(default_decision === undefined ? {} : { defaultDecision: default_decision })
  }))

export const casilPolicy = ({ casil }: Pick<SettingsValues, "casil">): CasilPolicy => ({
  enabled: casil.enabled,
  mode: casil.mode,
  ...(casil.default_decision === undefined ? {} : { defaultDecision: casil.default_decision }),
  // which messages of the bus, the scope says
  surfaces: casil.scope.include.length > 0 ? [...defaultPolicy.surfaces, "bus"] : defaultPolicy.surfaces,
  scope: casil.scope,
  limits: {
    maxInspectBytes: casil.limits.max_inspect_bytes,
    maxPayloadBytes: casil.limits.max_payload_bytes,
    maxPolicies: casil.limits.max_policies,
    maxPatterns: casil.limits.max_patterns,
    oversize: casil.limits.oversize
  },
  onSecret: casil.on_secret,
  onProbable: casil.on_probable,
  onPersonal: casil.on_personal,
  personalIgnore: casil.personal.ignore,
  redactionPaths: casil.redaction.paths,
  redactionPatterns: casil.redaction.patterns,
  rules: casil.rules,
  neverLogPayloadFor: casil.never_log_payload_for,
  metadata: {
    history: casil.persist_metadata_in_history,
    clients: casil.expose_metadata_to_clients,
    logs: casil.metadata_to_logs,
    telemetry: casil.metadata_to_telemetry
  },
  overrides: overrides(casil.overrides)
})
