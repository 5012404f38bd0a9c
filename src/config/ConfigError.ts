/** What is wrong with a configuration: every mistake at once, each with its place and what would be right. */
import * as Schema from "effect/Schema"

/** Where a value came from: a place in the file, an environment variable, a command-line flag, or the default. */
export const Source = Schema.Union([
  Schema.TaggedStruct("File", {
    file: Schema.String,
    /** 1-based. */
    line: Schema.optionalKey(Schema.Int),
    /** 1-based, in UTF-16 code units. */
    column: Schema.optionalKey(Schema.Int)
  }),
  Schema.TaggedStruct("Environment", { variable: Schema.String }),
  Schema.TaggedStruct("Flag", { flag: Schema.String }),
  Schema.TaggedStruct("Default", {})
])
export type Source = typeof Source.Type

/** `config.toml:12`, `EXOCLAW_GATEWAY_PORT`, `--port` or `default`. */
export const showSource = (source: Source): string => {
  switch (source._tag) {
    case "File":
      return source.line === undefined ? source.file : `${source.file}:${source.line}`
    case "Environment":
      return source.variable
    case "Flag":
      return source.flag
    case "Default":
      return "default"
  }
}

const fields = {
  source: Source,
  /** The key, as `agents[0].model`; empty where the whole file is meant. */
  key: Schema.String,
  /** What is allowed there: known keys, or a description of the values. */
  allowed: Schema.Array(Schema.String),
  /** A whole sentence for the operator, place included; never the value of a secret. */
  message: Schema.String
}

/** One mistake. `unreadable` and `syntax` concern the file, the others a key. Audience: the operator. */
export const ConfigReason = Schema.Union([
  Schema.TaggedStruct("unreadable", fields),
  Schema.TaggedStruct("syntax", fields),
  Schema.TaggedStruct("unknownKey", { ...fields, suggestion: Schema.optionalKey(Schema.String) }),
  Schema.TaggedStruct("invalidValue", fields),
  Schema.TaggedStruct("missing", fields),
  Schema.TaggedStruct("conflict", fields)
])
export type ConfigReason = typeof ConfigReason.Type

/** The configuration cannot be used. `reasons` holds every mistake found, in the order of the file. */
export class ConfigError extends Schema.TaggedError<ConfigError>()("ConfigError", {
  reasons: Schema.NonEmptyArray(ConfigReason)
}) {
  override get message(): string {
    return this.reasons.map((reason) => reason.message).join("\n")
  }
}
