/** `[[schedule]]`: prompts that an agent gets by the clock, each with its own tools, account and identity. */
import * as Schema from "effect/Schema"
import * as Section from "../config/Section.ts"
import { DollarLimit, text, TokenLimit } from "../config/Values.ts"
import { AgentId, JobId, ToolName } from "../domain/Ids.ts"
import { clientScopes } from "../identity/Scope.ts"

const tokens = 'a whole number of tokens, or "unlimited"'
const dollars = 'an amount in dollars with at most six decimals, or "unlimited"'
const limit = (doc: string) =>
  Section.key(TokenLimit, { doc, allowed: tokens, unit: "tokens", default: "unlimited" as const })
const money = (doc: string) =>
  Section.key(DollarLimit, { doc, allowed: dollars, unit: "dollars", default: "unlimited" as const })

/** A job asks for approvals and gives none. */
const scopes = clientScopes.filter((scope) => scope !== "approve")

/** Limits of one job, on top of those of its agent and of the installation. */
export const ScheduleBudgets = Schema.Struct({
  session: limit("What one run may use; with history, what all runs may use."),
  daily: limit("What this job may use in a day."),
  monthly: limit("What this job may use in a month."),
  usd: Section.table(
    Schema.Struct({
      session: money("What one run may spend; with history, what all runs may spend."),
      daily: money("What this job may spend in a day."),
      monthly: money("What this job may spend in a month.")
    }),
    "The same in money."
  )
})

// Expressions, zones, agents and tools are checked in settings/ScheduleRules.ts, which says what was probably meant.
export const ScheduleSettings = Schema.Struct({
  id: Section.required(JobId, {
    doc: "Name of the job, unique. It acts as the principal schedule:ID.",
    allowed: "1 to 64 of A-Z a-z 0-9 _ . -",
    example: "daily-report"
  }),
  cron: Section.required(text(256), {
    doc: "When it is due: minute, hour, day of the month, month, day of the week; or @every and a span of m, h or d.",
    allowed: 'five fields of numbers, lists, ranges, steps and names, or a span such as "@every 15m"',
    example: "30 7 * * mon-fri"
  }),
  timezone: Section.key(text(64), {
    doc: "Time zone of the five fields. A time that clocks skip runs behind the gap, one that comes twice runs at the first.",
    allowed: 'an IANA time zone such as "UTC" or "Europe/Berlin"',
    default: "UTC"
  }),
  agent: Section.optional(AgentId, {
    doc: "Agent that answers. Without it: the first one.",
    allowed: "the id of a configured agent",
    example: "default"
  }),
  prompt: Section.required(Schema.String.pipe(Schema.check(Schema.isPattern(/\S/), Schema.isMaxLength(65_536))), {
    doc: "What the agent is told, all of it: no earlier run is shown.",
    allowed: "a text of 1 to 65536 characters",
    example: "Use echo to say good morning."
  }),
  tools: Section.key(Schema.Array(ToolName), {
    doc: "Tools the job may call, of those its agent may.",
    allowed: "a list of tool names",
    default: []
  }),
  scopes: Section.key(Schema.Array(Schema.Literals(scopes)), {
    doc: "What the job's principal may do besides answering.",
    allowed: `a list of ${scopes.map((scope) => `"${scope}"`).join(", ")}`,
    default: []
  }),
  history: Section.key(Schema.Boolean, {
    doc: "Whether a run is shown what earlier runs said, in one conversation. Costs their tokens again.",
    allowed: "true or false",
    default: false
  }),
  missed: Section.key(Schema.Literals(["skip", "run_once"]), {
    doc: "Slots that passed while no gateway ran: the latest runs if it is less than 10 minutes late, or always.",
    allowed: '"skip" or "run_once"',
    default: "skip"
  }),
  paused: Section.key(Schema.Boolean, {
    doc: "Whether the job waits until somebody resumes it.",
    allowed: "true or false",
    default: false
  }),
  budget: Section.table(ScheduleBudgets, "What this job may spend, on top of [budgets].")
})
export type ScheduleSettings = typeof ScheduleSettings.Type
