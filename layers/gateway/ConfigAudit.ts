/** The configuration that a gateway starts with, for the audit log: two starts with the same digest had the same one. */
import { hash } from "node:crypto"
import type { AuditEvent } from "../../src/audit/AuditEvent.ts"
import { defaultTenant } from "../../src/domain/Ids.ts"
import { effectiveValues } from "../../src/settings/Effective.ts"
import type { SettingsShape } from "../../src/settings/Settings.ts"

/** The values as `config print` shows them: without secrets. */
export const loaded = (settings: SettingsShape): AuditEvent => {
  const digest = hash("sha256", JSON.stringify(effectiveValues(settings)), "hex")
  const data = { file: settings.configFile ?? null, digest }
  return { kind: "config.loaded", tenant: defaultTenant, principal: "gateway", outcome: "ok", data }
}
