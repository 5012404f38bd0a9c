/** What the rules between keys are written with: reasons, and the tables of a raw configuration. */
import { type ConfigReason, type Source, showSource } from "../config/ConfigError.ts"
import { type KeyPath, quote, show } from "../config/KeyPath.ts"
import { nearest } from "../config/Nearest.ts"
import { get, isTable, type RawTable } from "../config/RawTable.ts"

export type SourceOf = (path: KeyPath) => Source

export const conflict = (
  source: Source,
  path: KeyPath,
  text: string,
  allowed: ReadonlyArray<string> = []
): ConfigReason => ({
  _tag: "conflict",
  source,
  key: show(path),
  allowed,
  message: `${showSource(source)}: ${text}`
})

export const absent = (source: Source, path: KeyPath, text: string, allowed: ReadonlyArray<string>): ConfigReason => ({
  ...conflict(source, path, text, allowed),
  _tag: "missing"
})

export const tables = (root: RawTable, name: string): ReadonlyArray<readonly [path: KeyPath, table: RawTable]> => {
  const value = get(root, [name])
  return Array.isArray(value)
    ? value.flatMap((item: unknown, index) => (isTable(item) ? [[[name, index], item] as const] : []))
    : []
}

export const agentTables = (root: RawTable): ReadonlyArray<readonly [path: KeyPath, table: RawTable]> => {
  const agent = get(root, ["agent"])
  return [...(isTable(agent) ? [[["agent"], agent] as const] : []), ...tables(root, "agents")]
}

/** Names of the agents; `default` where there is none at all. */
export const agentIds = (root: RawTable): ReadonlyArray<string> => {
  const ids = agentTables(root).map(([, table]) => get(table, ["id"]) ?? "default")
  const strings = (ids.length === 0 ? ["default"] : ids).filter((id): id is string => typeof id === "string")
  return [...new Set(strings)]
}

/** The end of a sentence, with the name that was probably meant. */
export const meant = (name: string, known: ReadonlyArray<string>): string => {
  const suggestion = nearest(name, known)
  return suggestion === undefined || suggestion === name ? "." : `; did you mean ${quote(suggestion)}?`
}

/** Tools that `table` names and the agent `id` may not call, where that agent has a list of its own. */
export const foreignTools = (
  root: RawTable,
  path: KeyPath,
  table: RawTable,
  id: unknown,
  sourceOf: SourceOf
): ReadonlyArray<ConfigReason> => {
  const owner = agentTables(root).find(([, one]) => (get(one, ["id"]) ?? "default") === id)?.[1]
  const allowed = owner === undefined ? undefined : get(owner, ["tools"])
  const wanted = get(table, ["tools"])
  if (!Array.isArray(allowed) || !Array.isArray(wanted)) return []
  const known = allowed.filter((tool): tool is string => typeof tool === "string")
  const list = known.length === 0 ? "It has none." : `It has: ${known.join(", ")}.`
  const at = [...path, "tools"]
  return wanted
    .filter((tool): tool is string => typeof tool === "string" && !known.includes(tool))
    .map((tool) => {
      const text = `"${show(at)}" names ${quote(tool)}, which its agent may not call${meant(tool, known)} ${list}`
      return conflict(sourceOf(at), at, text, known)
    })
}
