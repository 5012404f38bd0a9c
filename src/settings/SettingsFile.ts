/** The whole configuration file: every subsystem's own section under its name. */
import * as Schema from "effect/Schema"
import { AgentSettings } from "../agent/AgentSettings.ts"
import { ApprovalSettings } from "../approval/ApprovalSettings.ts"
import { BusSettings } from "../bus/BusSettings.ts"
import { BudgetSettings } from "../budget/BudgetSettings.ts"
import { CasilSettings } from "../casil/CasilSettings.ts"
import { AuditSettings } from "../config/AuditSettings.ts"
import * as Section from "../config/Section.ts"
import { TelemetrySettings } from "../config/TelemetrySettings.ts"
import { GatewaySettings } from "../gateway/GatewaySettings.ts"
import { TokenSettings } from "../identity/TokenSettings.ts"
import { MemorySettings } from "../memory/MemorySettings.ts"
import { PriceSettings } from "../model/PriceSettings.ts"
import { BindingSettings } from "../router/BindingSettings.ts"
import { PluginSettings } from "../sandbox/PluginSettings.ts"
import { SandboxSettings } from "../sandbox/SandboxSettings.ts"
import { ScheduleSettings } from "../schedule/ScheduleSettings.ts"

/** Names in the program are those in the file, so that a key is found by searching for it. */
export const SettingsFile = Schema.Struct({
  gateway: Section.table(GatewaySettings, "Where the gateway listens and how much it takes."),
  agent: Section.optionalTable(AgentSettings, "The agent, where there is only one. Without it: an offline one."),
  agents: Section.list(AgentSettings, "Several agents, instead of [agent]. The first is the default."),
  bindings: Section.list(BindingSettings, "Which agent answers what. The most specific match wins."),
  budgets: Section.table(BudgetSettings, "What may be spent; a cap is never exceeded."),
  approvals: Section.table(ApprovalSettings, "What waits for a person's answer, and how long."),
  prices: Section.dictionary(PriceSettings, "Prices of models, on top of the built-in table."),
  memory: Section.table(MemorySettings, "How much of the past a model is shown."),
  plugins: Section.list(PluginSettings, "WASM plugins to load and what each may do."),
  sandbox: Section.table(SandboxSettings, "The processes that plugins run in."),
  schedule: Section.list(ScheduleSettings, "Prompts that an agent gets by the clock."),
  bus: Section.table(BusSettings, "The message bus. A change needs a restart."),
  casil: Section.table(CasilSettings, "Content inspection. A change needs a restart."),
  audit: Section.table(AuditSettings, "How long the audit log is kept. A change needs a restart."),
  telemetry: Section.table(TelemetrySettings, "Traces, metrics and logs."),
  tokens: Section.list(TokenSettings, "Access tokens by digest.")
})
export type SettingsFile = typeof SettingsFile.Type
/** A file as somebody may write it: every key that has a default may be left out. */
export type SettingsInput = typeof SettingsFile.Encoded
