/** `config print`: every value in force and where it comes from, without secrets. */
import { showSource } from "../config/ConfigError.ts"
import type { Effective } from "../config/Inspection.ts"
import { quote, showName } from "../config/KeyPath.ts"
import { isTable } from "../config/RawTable.ts"
import type { SettingsShape } from "./Settings.ts"
import { stateFiles } from "./StateFiles.ts"

const hidden = "(hidden)"

/** A value as TOML writes it. */
export const toml = (value: unknown): string => {
  if (typeof value === "string") return quote(value)
  if (Array.isArray(value)) return `[${value.map(toml).join(", ")}]`
  if (isTable(value)) {
    const pairs = Object.entries(value).map(([name, item]) => `${showName(name)} = ${toml(item)}`)
    return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`
  }
  return String(value)
}

const shown = ({ leaf, value }: Effective): unknown => (leaf.secret === true ? hidden : value)

interface Printed {
  readonly configFile: string | null
  readonly stateDir: string
  readonly state: ReadonlyArray<{ readonly path: string; readonly holds: string }>
  readonly values: ReadonlyArray<{ readonly key: string; readonly value: unknown; readonly source: string }>
  /** Credentials that are set from outside the file: by whom, never what. */
  readonly credentials: ReadonlyArray<string>
}

const credentials = ({ environment }: SettingsShape): ReadonlyArray<string> => [
  ...(environment.token === undefined ? [] : ["EXOCLAW_TOKEN"]),
  ...(environment.secretKey === undefined ? [] : ["EXOCLAW_SECRET_KEY"]),
  ...(environment.apiKeys.anthropic === undefined ? [] : ["ANTHROPIC_API_KEY"]),
  ...(environment.apiKeys.openai === undefined ? [] : ["OPENAI_API_KEY"])
]

/** Every value in force, without secrets. */
export const effectiveValues = (settings: SettingsShape): Printed["values"] =>
  settings.effective.map((value) => ({ key: value.key, value: shown(value), source: showSource(value.source) }))

/** The settings as a value that can be written as JSON. `userDir` is the folder of the user's keys. */
export const effectiveJson = (settings: SettingsShape, userDir: string): Printed => ({
  configFile: settings.configFile ?? null,
  stateDir: settings.stateDir,
  state: stateFiles(settings.stateDir, userDir).map(({ holds, path }) => ({ path, holds })),
  values: effectiveValues(settings),
  credentials: credentials(settings)
})

/** The settings as text: one `key = value  # source` per line, then where state lies. */
export const renderEffective = (settings: SettingsShape, userDir: string): string => {
  const lines = settings.effective.map((value) => [
    `${value.key} = ${value.leaf.secret === true ? hidden : toml(value.value)}`,
    showSource(value.source)
  ])
  const width = Math.min(48, Math.max(...lines.map(([text = ""]) => text.length)))
  const set = credentials(settings)
  return [
    `# configuration: ${settings.configFile ?? "no file; every value is a default or from the environment"}`,
    `# state: ${settings.stateDir}`,
    "",
    ...lines.map(([text = "", source = ""]) => `${text.padEnd(width)}  # ${source}`),
    "",
    ...(set.length === 0 ? [] : [`# credentials from the environment or a flag: ${set.join(", ")}`]),
    "# where state lies:",
    ...stateFiles(settings.stateDir, userDir).map(({ holds, path }) => `#   ${path}: ${holds}`),
    ""
  ].join("\n")
}
