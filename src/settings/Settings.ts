/** The configuration in force, as the rest of the program reads it. */
import * as Context from "effect/Context"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { AgentSettings } from "../agent/AgentSettings.ts"
import { ConfigError, type ConfigReason, showSource, type Source } from "../config/ConfigError.ts"
import { type Effective, inspect } from "../config/Inspection.ts"
import { type KeyPath, parent, show } from "../config/KeyPath.ts"
import type { Override } from "../config/Override.ts"
import { get, type RawTable, set } from "../config/RawTable.ts"
import type { GatewaySettings } from "../gateway/GatewaySettings.ts"
import { broken } from "./Rules.ts"
import { SettingsFile } from "./SettingsFile.ts"

type WithModel<A> = Omit<A, "model"> & {
  /** `offline` for the offline provider, where none is named. */
  readonly model: string
}

/** An agent with everything that its absence stands for filled in. */
export interface AgentValues extends WithModel<Omit<AgentSettings, "fallback">> {
  readonly fallback?: WithModel<NonNullable<AgentSettings["fallback"]>>
}

/** The decoded file. Tokens and micro-dollars are integers; everything else has the unit its key documents. */
export interface SettingsValues extends Omit<SettingsFile, "agent" | "agents" | "gateway"> {
  readonly gateway: Omit<GatewaySettings, "operator_port"> & {
    /** Resolved: the configured one, else `port + 1`, 0 if `port` is 0. */
    readonly operator_port: number
  }
  /** At least one; the first is the default. */
  readonly agents: readonly [AgentValues, ...ReadonlyArray<AgentValues>]
}

type Secret = Redacted.Redacted<string>

/** What only the environment (or a flag) says: credentials and test endpoints. */
export interface Environment {
  /** `EXOCLAW_TOKEN`, or the one of `--token` and `--token-file`. */
  readonly token?: Secret | undefined
  /** `EXOCLAW_SECRET_KEY` */
  readonly secretKey?: Secret | undefined
  /** `ANTHROPIC_API_KEY` and `OPENAI_API_KEY`, by provider. */
  readonly apiKeys: { readonly anthropic?: Secret | undefined; readonly openai?: Secret | undefined }
  /** `EXOCLAW_ANTHROPIC_ENDPOINT` and `EXOCLAW_OPENAI_ENDPOINT`, by provider. */
  readonly endpoints: { readonly anthropic?: string | undefined; readonly openai?: string | undefined }
}

export interface SettingsShape {
  readonly values: SettingsValues
  /** Every value that is set or has a default, in the order of the file's schema. */
  readonly effective: ReadonlyArray<Effective>
  /** Where each of them comes from, by key (`gateway.port`). */
  readonly sources: ReadonlyMap<string, Source>
  /** Absolute path of the folder in which all state lies. */
  readonly stateDir: string
  /** Absolute path of the file that was read; undefined where there is none. */
  readonly configFile: string | undefined
  readonly environment: Environment
}

export class Settings extends Context.Service<Settings, SettingsShape>()("exoclaw/settings/Settings") {}

/** A file's content and what overrides it. */
export interface SettingsSource {
  readonly file: RawTable
  /** The file's name for messages; undefined where there is no file. */
  readonly name: string | undefined
  /** Line and column of each key of the file, by shown path. */
  readonly positions: ReadonlyMap<string, { readonly line: number; readonly column: number }>
  /** From the weakest to the strongest. */
  readonly overrides: ReadonlyArray<Override>
  /** Mistakes already found, to be told together with the others. */
  readonly reasons: ReadonlyArray<ConfigReason>
}

const order = (reason: ConfigReason): number => (reason.source._tag === "File" ? (reason.source.line ?? 0) : Infinity)

const withModel = <A extends { readonly model?: string }>(agent: A): WithModel<A> => ({
  ...agent,
  model: agent.model ?? "offline"
})

const toAgent = ({ fallback, ...agent }: AgentSettings): AgentValues => ({
  ...withModel(agent),
  ...(fallback === undefined ? {} : { fallback: withModel(fallback) })
})

const toValues = ({ agent, agents, gateway, ...rest }: SettingsFile): SettingsValues => {
  const [first = agent ?? Schema.decodeSync(AgentSettings)({}), ...others] = agents
  return {
    ...rest,
    gateway: { ...gateway, operator_port: gateway.operator_port ?? (gateway.port === 0 ? 0 : gateway.port + 1) },
    agents: [toAgent(first), ...others.map(toAgent)]
  }
}

const sourceIn = (source: SettingsSource): ((path: KeyPath) => Source) => {
  const overridden = new Map(source.overrides.map((override) => [show(override.path), override.source]))
  const find = (path: KeyPath): Source => {
    const key = show(path)
    const override = overridden.get(key)
    if (override !== undefined) return override
    if (source.name === undefined) return { _tag: "Default" }
    const position = source.positions.get(key)
    if (position !== undefined) return { _tag: "File", file: source.name, ...position }
    return path.length === 0 ? { _tag: "File", file: source.name } : find(parent(path))
  }
  return find
}

/** Its default depends on another key, so that no schema can give it. */
const withOperatorPort = (effective: ReadonlyArray<Effective>, port: number): ReadonlyArray<Effective> => {
  const key = "gateway.operator_port"
  if (effective.some((value) => value.key === key)) return effective
  return effective.flatMap((value) =>
    value.key === "gateway.port"
      ? [
          value,
          { ...value, path: ["gateway", "operator_port"], key, value: port, source: { _tag: "Default" } as const }
        ]
      : [value]
  )
}

/** A file that passed every check and still does not decode: the schemas of two sections contradict each other. */
const undecodable = (source: Source): ConfigError =>
  new ConfigError({
    reasons: [
      {
        _tag: "invalidValue",
        source,
        key: "",
        allowed: [],
        message: `${showSource(source)}: the configuration cannot be decoded.`
      }
    ]
  })

/** What is in force out of a file, the environment and the flags; or every mistake at once, in the file's order. */
export const assemble = (
  source: SettingsSource
): Result.Result<Pick<SettingsShape, "values" | "effective" | "sources">, ConfigError> => {
  const sourceOf = sourceIn(source)
  const merged = source.overrides.reduce((raw, { path, value }) => set(raw, path, value), source.file)
  // With no agent at all there is one with every default; written out, so that its values are shown like all others.
  const agents = get(merged, ["agents"])
  const none =
    get(merged, ["agent"]) === undefined && (agents === undefined || (Array.isArray(agents) && agents.length === 0))
  const raw = none ? set(merged, ["agent"], {}) : merged
  const { effective, reasons } = inspect(SettingsFile, raw, sourceOf)
  // A file that could not be read says nothing about what is in it.
  const unread = source.reasons.some(({ _tag }) => _tag === "unreadable" || _tag === "syntax")
  const found = unread ? [] : [...reasons, ...broken(merged, sourceOf)]
  const [first, ...others] = [...source.reasons, ...found].toSorted((left, right) => order(left) - order(right))
  if (first !== undefined) return Result.fail(new ConfigError({ reasons: [first, ...others] }))
  return Result.match(Schema.decodeUnknownResult(SettingsFile)(raw), {
    onFailure: () => Result.fail(undecodable(sourceOf([]))),
    onSuccess: (file) => {
      const values = toValues(file)
      const all = withOperatorPort(effective, values.gateway.operator_port)
      return Result.succeed({
        values,
        effective: all,
        sources: new Map(all.map((value) => [value.key, value.source]))
      })
    }
  })
}
