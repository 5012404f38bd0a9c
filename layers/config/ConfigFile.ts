/** Finds and reads the configuration: flags before environment before file before defaults. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { dirname, join } from "node:path"
import type { ConfigError, ConfigReason } from "../../src/config/ConfigError.ts"
import { type FlagValue, fromEnvironment, fromFlags, type Overrides } from "../../src/config/Override.ts"
import { assemble, type Environment, Settings, type SettingsShape } from "../../src/settings/Settings.ts"
import { type SettingsInput, SettingsFile } from "../../src/settings/SettingsFile.ts"
import { processSurroundings, type Surroundings, type Unreadable } from "./Surroundings.ts"
import { decodeText, parseToml, type TomlFile } from "./TomlFile.ts"

/** What a command line may say about the configuration. */
export interface Flags {
  /** `--config`: the file to read. */
  readonly config?: string | undefined
  /** The flag that named it, where it was another. */
  readonly configFlag?: string | undefined
  /** `--state`: the folder of the state. */
  readonly state?: string | undefined
  /** From `--token` or `--token-file`. */
  readonly token?: Redacted.Redacted<string> | undefined
  /** Single keys, such as `{ key: "gateway.port", flag: "--port", value: 8080 }`. */
  readonly values?: ReadonlyArray<FlagValue> | undefined
}

/** Variables that are not a key of the file. */
export const otherVariables: ReadonlyArray<string> = [
  "EXOCLAW_CONFIG",
  "EXOCLAW_STATE",
  "EXOCLAW_TOKEN",
  "EXOCLAW_SECRET_KEY",
  "EXOCLAW_ANTHROPIC_ENDPOINT",
  "EXOCLAW_OPENAI_ENDPOINT"
]

const noFile: TomlFile = { table: {}, positions: new Map() }

interface Found {
  readonly configFile: string | undefined
  readonly name: string | undefined
  readonly content: TomlFile
  readonly reasons: ReadonlyArray<ConfigReason>
}

const cannotRead = (name: string, { absent, why }: Unreadable, chosen: string | undefined): ConfigReason => ({
  _tag: "unreadable",
  source: { _tag: "File", file: name },
  key: "",
  allowed: [],
  message: `${name}: the configuration file cannot be read: ${why}.${
    absent && chosen !== undefined ? ` It was named by ${chosen}; correct that, or create the file.` : ""
  }`
})

/** The folder of the state, whether or not there is a configuration in it that can be read. */
export const stateFolder = ({ config, state }: Flags, { absolute, home, variables }: Surroundings): string => {
  const given = state ?? variables.get("EXOCLAW_STATE")
  if (given !== undefined) return absolute(given)
  const file = config ?? variables.get("EXOCLAW_CONFIG")
  return file === undefined ? join(home, ".exoclaw") : dirname(absolute(file))
}

const fileName = "config.toml"

/** Where a file is looked for that nobody named: with the state, as a restored one has it, then in the home folder. */
export const usualFiles = (flags: Flags, surroundings: Surroundings): ReadonlyArray<string> => [
  ...new Set([join(stateFolder(flags, surroundings), fileName), join(surroundings.home, ".exoclaw", fileName)])
]

const contentOf = (configFile: string, bytes: Uint8Array): Found => {
  const found = { configFile, name: configFile, content: noFile }
  return Result.match(
    Result.flatMap(decodeText(bytes, configFile), (text) => parseToml(text, configFile)),
    {
      onFailure: (reason): Found => ({ ...found, reasons: [reason] }),
      onSuccess: (content): Found => ({ ...found, content, reasons: [] })
    }
  )
}

const find = Effect.fnUntraced(function* (flags: Flags, surroundings: Surroundings): Effect.fn.Return<Found> {
  const { absolute, read, variables } = surroundings
  const variable = variables.get("EXOCLAW_CONFIG")
  const by = variable === undefined ? undefined : "EXOCLAW_CONFIG"
  const chosen = flags.config === undefined ? by : (flags.configFlag ?? "--config")
  const named = flags.config ?? variable
  for (const name of named === undefined ? usualFiles(flags, surroundings) : [absolute(named)]) {
    const bytes = yield* Effect.result(read(name))
    if (Result.isSuccess(bytes)) return contentOf(name, bytes.success)
    if (bytes.failure.absent && chosen === undefined) continue
    return { configFile: name, name, content: noFile, reasons: [cannotRead(name, bytes.failure, chosen)] }
  }
  return { configFile: undefined, name: undefined, content: noFile, reasons: [] }
})

const secret = (text: string | undefined) => (text === undefined ? undefined : Redacted.make(text))

const environmentOf = (flags: Flags, variables: ReadonlyMap<string, string>): Environment => ({
  token: flags.token ?? secret(variables.get("EXOCLAW_TOKEN")),
  secretKey: secret(variables.get("EXOCLAW_SECRET_KEY")),
  apiKeys: {
    anthropic: secret(variables.get("ANTHROPIC_API_KEY")),
    openai: secret(variables.get("OPENAI_API_KEY"))
  },
  endpoints: {
    anthropic: variables.get("EXOCLAW_ANTHROPIC_ENDPOINT"),
    openai: variables.get("EXOCLAW_OPENAI_ENDPOINT")
  }
})

const assembleWith = (
  { configFile: _, content, name, reasons }: Found,
  overrides: ReadonlyArray<Overrides>
): Result.Result<Pick<SettingsShape, "values" | "effective" | "sources">, ConfigError> =>
  assemble({
    file: content.table,
    positions: content.positions,
    name,
    overrides: overrides.flatMap((from) => from.overrides),
    reasons: [...reasons, ...overrides.flatMap((from) => from.reasons)]
  })

/** Reads the configuration once; fails with every mistake of file, environment and flags together. */
export const load = Effect.fn("Config.load")(function* (flags: Flags, surroundings: Surroundings) {
  const { variables } = surroundings
  const found = yield* find(flags, surroundings)
  const assembled = yield* Effect.fromResult(
    assembleWith(found, [
      fromEnvironment(SettingsFile, variables, otherVariables),
      fromFlags(SettingsFile, flags.values ?? [])
    ])
  )
  return Settings.of({
    ...assembled,
    configFile: found.configFile,
    stateDir: stateFolder(flags, surroundings),
    environment: environmentOf(flags, variables)
  })
})

/** The settings of this process. */
export const layer = (flags: Flags = {}): Layer.Layer<Settings, ConfigError> =>
  Layer.effect(
    Settings,
    Effect.flatMap(processSurroundings, (surroundings) => load(flags, surroundings))
  )

/** Settings out of a file's content given as an object, with defaults for the rest; reads nothing. */
export const layerTest = (
  file: SettingsInput = {},
  rest: Partial<Pick<SettingsShape, "stateDir" | "configFile" | "environment">> = {}
): Layer.Layer<Settings, ConfigError> =>
  Layer.effect(
    Settings,
    Effect.map(
      Effect.fromResult(assemble({ file, name: undefined, positions: new Map(), overrides: [], reasons: [] })),
      (assembled) =>
        Settings.of({
          stateDir: "/nonexistent",
          configFile: undefined,
          environment: { apiKeys: {}, endpoints: {} },
          ...rest,
          ...assembled
        })
    )
  )

/** Checks a file's text alone, without environment and flags. Succeeds with the number of keys it sets. */
export const check = (text: string, name = "config.toml"): Result.Result<number, ConfigError> =>
  Result.map(
    Result.match(parseToml(text, name), {
      onFailure: (reason) => assembleWith({ configFile: name, name, content: noFile, reasons: [reason] }, []),
      onSuccess: (content) => assembleWith({ configFile: name, name, content, reasons: [] }, [])
    }),
    ({ effective }) => effective.filter(({ source }) => source._tag === "File").length
  )
