/** What must hold in each `[[schedule]]`: a time that can be read and comes, an agent that is there, tools it has. */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { ConfigReason } from "../config/ConfigError.ts"
import { type KeyPath, quote, show } from "../config/KeyPath.ts"
import { get, type RawTable } from "../config/RawTable.ts"
import { cronMistake } from "../schedule/CronText.ts"
import { plan } from "../schedule/Plan.ts"
import { agentIds, conflict, foreignTools, meant, type SourceOf, tables } from "./RuleParts.ts"

const isZone = (name: string): boolean => name === "UTC" || Option.isSome(DateTime.zoneMakeNamed(name))

/** Where and what, for one job. */
const job = (root: RawTable, path: KeyPath, table: RawTable, sourceOf: SourceOf): ReadonlyArray<ConfigReason> => {
  const reasons: Array<ConfigReason> = []
  const wrong = (key: string, text: string, allowed: ReadonlyArray<string> = []) => {
    const at = [...path, key]
    reasons.push(conflict(sourceOf(at), at, `"${show(at)}" ${text}`, allowed))
  }
  const cron = get(table, ["cron"])
  const zone = get(table, ["timezone"]) ?? "UTC"
  const zoned = typeof zone === "string" && isZone(zone)
  if (typeof zone === "string" && !zoned) {
    wrong("timezone", `is ${quote(zone)}, which is no IANA time zone${meant(zone, Intl.supportedValuesOf("timeZone"))}`)
  }
  if (typeof cron === "string") {
    const mistake = cronMistake(cron)
    if (mistake !== undefined) wrong("cron", `cannot be used: ${mistake}`)
    else if (zoned && plan(cron, zone) === undefined) wrong("cron", "names a day that never comes.")
  }
  const agents = agentIds(root)
  const agent = get(table, ["agent"]) ?? agents[0]
  if (typeof agent === "string" && !agents.includes(agent)) {
    const hint = meant(agent, agents)
    wrong(
      "agent",
      `names the agent ${quote(agent)}, which is not configured${hint} Configured: ${agents.join(", ")}.`,
      agents
    )
  }
  return [...reasons, ...foreignTools(root, path, table, agent, sourceOf)]
}

export const schedules = (root: RawTable, sourceOf: SourceOf): ReadonlyArray<ConfigReason> =>
  tables(root, "schedule").flatMap(([path, table]) => job(root, path, table, sourceOf))
