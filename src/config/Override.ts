/** Values from the command line and the environment, which come before those of the file. */
import type { ConfigReason, Source } from "./ConfigError.ts"
import { accepts, invalidValue } from "./Inspection.ts"
import { show } from "./KeyPath.ts"
import { nearest } from "./Nearest.ts"
import { entries, type Leaf, type Section } from "./Section.ts"

/** A single value with its place in the file's structure. */
export interface Override {
  readonly path: ReadonlyArray<string>
  readonly value: unknown
  readonly source: Source
}

export interface Overrides {
  readonly overrides: ReadonlyArray<Override>
  readonly reasons: ReadonlyArray<ConfigReason>
}

/** A key that a flag or a variable can set: one in a table, not in a list or under a chosen name. */
export interface Settable {
  readonly path: ReadonlyArray<string>
  readonly variable: string
  readonly leaf: Leaf
}

/** The variable of a key: `gateway.operator_port` is `EXOCLAW_GATEWAY_OPERATOR_PORT`. */
export const variableOf = (path: ReadonlyArray<string>): string => ["exoclaw", ...path].join("_").toUpperCase()

/** Every key that can be set from outside the file. */
export const settables = (section: Section, path: ReadonlyArray<string> = []): ReadonlyArray<Settable> =>
  entries(section).flatMap(([name, entry]) => {
    const at = [...path, name]
    if (entry.kind === "table") return settables(entry.section, at)
    return entry.kind === "leaf" ? [{ path: at, variable: variableOf(at), leaf: entry }] : []
  })

const numeric = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** What a text may stand for; the key's schema decides. Lists are separated by commas. */
const readings = (text: string): ReadonlyArray<unknown> => [
  ...(numeric.test(text) ? [Number(text)] : []),
  ...(text === "true" || text === "false" ? [text === "true"] : []),
  text,
  text.split(",").map((item) => item.trim())
]

const read = ({ leaf, path }: Settable, value: unknown, source: Source): Override | ConfigReason => {
  const choices = typeof value === "string" ? readings(value) : [value]
  const index = choices.findIndex((choice) => accepts(leaf, choice))
  return index < 0 ? invalidValue(source, path, leaf, value) : { path, value: choices[index], source }
}

const gather = (results: ReadonlyArray<Override | ConfigReason>): Overrides => ({
  overrides: results.filter((result): result is Override => !("_tag" in result)),
  reasons: results.filter((result): result is ConfigReason => "_tag" in result)
})

const unknownVariable = (variable: string, known: ReadonlyArray<string>): ConfigReason => {
  const suggestion = nearest(variable, known)
  const hint =
    suggestion === undefined
      ? ": it is not known to this version. `exoclaw config print` shows the keys; a key is EXOCLAW_TABLE_KEY."
      : `; did you mean ${suggestion}?`
  return {
    _tag: "unknownKey",
    source: { _tag: "Environment", variable },
    key: "",
    allowed: known,
    ...(suggestion === undefined ? {} : { suggestion }),
    message: `${variable}: unknown environment variable${hint}`
  }
}

/**
 * The overrides of an environment. Every `EXOCLAW_` variable must be a key's or one of `others`, because a misspelt
 * limit must not mean no limit. An empty value counts as absent.
 */
export const fromEnvironment = (
  section: Section,
  environment: ReadonlyMap<string, string>,
  others: ReadonlyArray<string>
): Overrides => {
  const keys = new Map(settables(section).map((settable) => [settable.variable, settable]))
  const known = [...keys.keys(), ...others]
  const results: Array<Override | ConfigReason> = []
  for (const [variable, value] of environment) {
    if (!variable.startsWith("EXOCLAW_") || value === "" || others.includes(variable)) continue
    const settable = keys.get(variable)
    results.push(
      settable === undefined
        ? unknownVariable(variable, known)
        : read(settable, value, { _tag: "Environment", variable })
    )
  }
  return gather(results)
}

/** A value given on the command line. `key` is as in the file (`gateway.port`), `flag` as it was typed (`--port`). */
export interface FlagValue {
  readonly key: string
  readonly flag: string
  readonly value: string | number | boolean
}

/** The overrides of a command line. */
export const fromFlags = (section: Section, flags: ReadonlyArray<FlagValue>): Overrides => {
  const keys = new Map(settables(section).map((settable) => [show(settable.path), settable]))
  return gather(
    flags.map(({ key, flag, value }) => {
      const source: Source = { _tag: "Flag", flag }
      const settable = keys.get(key)
      return settable === undefined
        ? {
            _tag: "unknownKey",
            source,
            key,
            allowed: [...keys.keys()],
            message: `${flag}: the key "${key}" cannot be set by a flag.`
          }
        : read(settable, value, source)
    })
  )
}
