/** What the rules between keys are written with: reasons, and the tables of a raw configuration. */
import { type ConfigReason, type Source, showSource } from "../config/ConfigError.ts"
import { type KeyPath, show } from "../config/KeyPath.ts"
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
