/** What must hold between keys. Works on raw values, so that these mistakes are told together with all others. */
import type { ConfigReason } from "../config/ConfigError.ts"
import { type KeyPath, quote, show } from "../config/KeyPath.ts"
import { settables } from "../config/Override.ts"
import { get, isTable, type RawTable } from "../config/RawTable.ts"
import { isAddress } from "../identity/JwtSettings.ts"
import { matchFields } from "../router/BindingSettings.ts"
import { absent, agentIds, agentTables, conflict, foreignTools, type SourceOf, tables } from "./RuleParts.ts"
import { casilRules } from "./CasilRules.ts"
import { schedules } from "./ScheduleRules.ts"
import { SettingsFile } from "./SettingsFile.ts"

const oneForm = (root: RawTable, sourceOf: SourceOf): ReadonlyArray<ConfigReason> => {
  if (get(root, ["agent"]) === undefined || get(root, ["agents"]) === undefined) return []
  const path = ["agent"]
  const inside = Object.keys(get(root, path) ?? {})[0]
  // A single variable (EXOCLAW_AGENT_MODEL) makes an [agent] table too: name the variable then.
  const source = sourceOf(inside === undefined ? path : [...path, inside])
  return [
    conflict(
      source._tag === "File" ? sourceOf(path) : source,
      path,
      "[agent] and [[agents]] cannot both be used; use [agent] for one agent and [[agents]] for several.",
      ["[agent]", "[[agents]]"]
    )
  ]
}

const unique = (
  items: ReadonlyArray<readonly [path: KeyPath, table: RawTable]>,
  key: string,
  what: string,
  sourceOf: SourceOf
): ReadonlyArray<ConfigReason> => {
  const first = new Map<string, KeyPath>()
  return items.flatMap(([path, table]) => {
    const name = get(table, [key])
    if (typeof name !== "string") return []
    const at = [...path, key]
    const before = first.get(name)
    if (before !== undefined) {
      return [
        conflict(
          sourceOf(at),
          at,
          `the ${what} ${quote(name)} stands here twice (first as "${show(before)}"); every ${what} needs a name of its own.`
        )
      ]
    }
    first.set(name, at)
    return []
  })
}

const models = (root: RawTable, sourceOf: SourceOf): ReadonlyArray<ConfigReason> =>
  agentTables(root)
    .flatMap(([path, table]): ReadonlyArray<readonly [KeyPath, RawTable]> => {
      const fallback = get(table, ["fallback"])
      return isTable(fallback)
        ? [
            [path, table],
            [[...path, "fallback"], fallback]
          ]
        : [[path, table]]
    })
    .flatMap(([path, table]) => {
      const provider = get(table, ["provider"])
      if (provider !== "anthropic" && provider !== "openai") return []
      if (get(table, ["model"]) !== undefined || get(table, ["skill"]) !== undefined) return []
      const at = [...path, "model"]
      return [
        absent(
          sourceOf([...path, "provider"]),
          at,
          `"${show(at)}" is missing; the provider ${quote(provider)} needs the name of a model.`,
          ["the name of a model"]
        )
      ]
    })

const bindings = (root: RawTable, sourceOf: SourceOf): ReadonlyArray<ConfigReason> => {
  const known = agentIds(root)
  return tables(root, "bindings").flatMap(([path, table]) => {
    const agent = get(table, ["agent_id"])
    const at = [...path, "agent_id"]
    const unknown =
      typeof agent === "string" && !known.includes(agent)
        ? [
            conflict(
              sourceOf(at),
              at,
              `"${show(at)}" names the agent ${quote(agent)}, which is not configured. Configured: ${known.join(", ")}.`,
              known
            )
          ]
        : []
    const empty = matchFields.every((field) => get(table, [field]) === undefined)
      ? [
          absent(
            sourceOf(path),
            path,
            `"${show(path)}" names nothing to match; it needs at least one of ${matchFields.join(", ")}.`,
            matchFields
          )
        ]
      : []
    return [...unknown, ...empty, ...foreignTools(root, path, table, agent, sourceOf)]
  })
}

const skills = (root: RawTable, sourceOf: SourceOf): ReadonlyArray<ConfigReason> => {
  const plugins = tables(root, "plugins").map(([, table]) => get(table, ["name"]))
  const known = plugins.filter((name): name is string => typeof name === "string")
  return agentTables(root).flatMap(([path, table]) => {
    const skill = get(table, ["skill"])
    const at = [...path, "skill"]
    if (typeof skill !== "string" || known.includes(skill)) return []
    const list = known.length === 0 ? "There is no plugin" : `Configured: ${known.join(", ")}`
    return [
      conflict(
        sourceOf(at),
        at,
        `"${show(at)}" names the plugin ${quote(skill)}, which is not configured. ${list}.`,
        known
      )
    ]
  })
}

/** The value in force: the one given, else the key's default. */
const inForce = (root: RawTable, path: ReadonlyArray<string>): unknown =>
  get(root, path) ?? settables(SettingsFile).find((settable) => show(settable.path) === show(path))?.leaf.default

/** `low` must not be above `high`. */
const ordered = (
  root: RawTable,
  sourceOf: SourceOf,
  low: ReadonlyArray<string>,
  high: ReadonlyArray<string>
): ReadonlyArray<ConfigReason> => {
  const lower = inForce(root, low)
  const upper = inForce(root, high)
  if (typeof lower !== "number" || typeof upper !== "number" || !(lower > upper)) return []
  const at = get(root, low) === undefined ? high : low
  const text = `"${show(low)}" (${lower}) must not be above "${show(high)}" (${upper}).`
  return [conflict(sourceOf(at), at, text)]
}

const gateway = (root: RawTable, sourceOf: SourceOf): ReadonlyArray<ConfigReason> => {
  const cert = get(root, ["gateway", "tls", "cert"])
  const key = get(root, ["gateway", "tls", "key"])
  const half = (cert === undefined) !== (key === undefined)
  const given = ["gateway", "tls", cert === undefined ? "key" : "cert"]
  const other = ["gateway", "tls", cert === undefined ? "cert" : "key"]
  const tls = half
    ? [absent(sourceOf(given), other, `"${show(given)}" needs "${show(other)}" beside it.`, ["the path of a file"])]
    : []
  const port = inForce(root, ["gateway", "port"])
  const operator = get(root, ["gateway", "operator_port"])
  const at = operator === undefined ? ["gateway", "port"] : ["gateway", "operator_port"]
  const same =
    port !== 0 && operator === port
      ? [conflict(sourceOf(at), at, `"gateway.operator_port" must differ from "gateway.port" (${operator}).`)]
      : []
  const last =
    port === 65_535 && operator === undefined
      ? [
          absent(
            sourceOf(at),
            ["gateway", "operator_port"],
            '"gateway.operator_port" is missing; there is no port after 65535 to take for it.',
            ["an integer from 0 to 65535"]
          )
        ]
      : []
  return [...tls, ...same, ...last]
}

/** A shared secret is never published at an address. */
const jwt = (root: RawTable, sourceOf: SourceOf): ReadonlyArray<ConfigReason> => {
  const keys = get(root, ["gateway", "jwt", "keys"])
  const at = ["gateway", "jwt", "algorithms"]
  const algorithms = get(root, at)
  if (typeof keys !== "string" || !isAddress(keys)) return []
  if (!Array.isArray(algorithms) || !algorithms.includes("HS256")) return []
  const text = `"${show(at)}" names HS256, whose keys are secrets; "gateway.jwt.keys" must be a file then.`
  return [conflict(sourceOf(at), at, text)]
}

/** Every broken rule of a raw configuration. */
export const broken = (root: RawTable, sourceOf: SourceOf): ReadonlyArray<ConfigReason> => [
  ...gateway(root, sourceOf),
  ...jwt(root, sourceOf),
  ...oneForm(root, sourceOf),
  ...unique(
    tables(root, "agents").map(([path, table]) => [path, { id: "default", ...table }]),
    "id",
    "agent",
    sourceOf
  ),
  ...models(root, sourceOf),
  ...skills(root, sourceOf),
  ...bindings(root, sourceOf),
  ...unique(tables(root, "plugins"), "name", "plugin", sourceOf),
  ...unique(tables(root, "tokens"), "name", "token", sourceOf),
  ...unique(tables(root, "schedule"), "id", "job", sourceOf),
  ...schedules(root, sourceOf),
  ...ordered(root, sourceOf, ["memory", "ceiling"], ["memory", "request_ceiling"]),
  ...ordered(root, sourceOf, ["sandbox", "slots", "min"], ["sandbox", "slots", "max"]),
  ...ordered(root, sourceOf, ["casil", "limits", "max_inspect_bytes"], ["casil", "limits", "max_payload_bytes"]),
  ...casilRules(root, sourceOf)
]
