/** `plugin.toml`, what a plugin's folder says about it. A gateway asks the plugin itself and does not read it. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import { PluginName } from "../../../src/domain/Ids.ts"
import { nearest } from "../../../src/config/Nearest.ts"
import { decodeText, parseToml } from "../../config/TomlFile.ts"
import { readBounded } from "../../platform/BoundedFile.ts"
import { type CliFailure, failure } from "../Failure.ts"

const Tool = Schema.Struct({ idempotent: Schema.optionalKey(Schema.Boolean) })

const Manifest = Schema.Struct({
  name: PluginName,
  version: Schema.optionalKey(Schema.String),
  format: Schema.optionalKey(Schema.String),
  description: Schema.optionalKey(Schema.String),
  /** What it needs, for the operator's `[[plugins]]` entry. */
  capabilities: Schema.optionalKey(Schema.Array(Schema.String)),
  tools: Schema.optionalKey(Schema.Record(Schema.String, Tool))
})
export type Manifest = typeof Manifest.Type

const decode = Schema.decodeUnknownEffect(Manifest)
const keys = Object.keys(Manifest.fields)

/** A core module with Extism's interface: the one format there is. */
export const FORMAT = "extism"
export const FILE = "plugin.toml"
const MAX_BYTES = 64 * 1024

const refusedFormat = (file: string, format: string): CliFailure =>
  failure(
    format === "component"
      ? `${file}: format "component": components do not run in this version. Build a core module with an Extism kit and set format = "${FORMAT}".`
      : `${file}: format "${format.slice(0, 40)}" is not known; allowed: "${FORMAT}".`
  )

/** Reads and checks the manifest in a folder. */
export const readManifest = Effect.fnUntraced(function* (folder: string): Effect.fn.Return<Manifest, CliFailure> {
  const file = join(folder, FILE)
  const bytes = yield* Effect.tryPromise({
    // the folder may be a stranger's
    try: () => readBounded(file, MAX_BYTES),
    catch: () => failure(`There is no readable ${file}. \`exoclaw plugin new NAME\` makes a folder with one.`)
  })
  if (bytes.length > MAX_BYTES) return yield* failure(`${file} has more than ${MAX_BYTES} bytes.`)
  const { table } = yield* Effect.fromResult(
    Result.flatMap(decodeText(bytes, file), (text) => parseToml(text, file))
  ).pipe(Effect.mapError(({ message }) => failure(message)))
  const unknown = Object.keys(table).find((key) => !keys.includes(key))
  if (unknown !== undefined) {
    const meant = nearest(unknown, keys)
    const hint = meant === undefined ? `allowed: ${keys.join(", ")}` : `did you mean "${meant}"?`
    return yield* failure(`${file}: unknown key "${unknown.slice(0, 64)}"; ${hint}`)
  }
  const manifest = yield* Effect.mapError(decode(table), (error) => failure(`${file}: ${error.message}.`))
  if (manifest.format !== undefined && manifest.format !== FORMAT) return yield* refusedFormat(file, manifest.format)
  return manifest
})
