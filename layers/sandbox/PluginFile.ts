/** From an entry of the configuration to an admitted module: read once, hashed, checked; the file is not read again. */
import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { PluginName } from "../../src/domain/Ids.ts"
import type { Json } from "../../src/domain/Json.ts"
import { admit, type Admitted } from "../../src/sandbox/Admission.ts"
import {
  type Capability,
  type CapabilityKind,
  forms,
  type GrantInput,
  parse,
  show
} from "../../src/sandbox/Capability.ts"
import type { HostFunction } from "../../src/sandbox/HostFunction.ts"
import { limits } from "../../src/sandbox/ModuleLimits.ts"
import type { FunctionExport, Importable } from "../../src/sandbox/ModuleParser.ts"
import { kernel, KERNEL_NAMESPACE } from "../../src/sandbox/Kernel.ts"
import { PluginRefused } from "../../src/sandbox/PluginError.ts"
import { wasi } from "../../src/sandbox/Wasi.ts"
import { readBounded } from "../platform/BoundedFile.ts"
import { codeInWords } from "../platform/ErrorCode.ts"

/** One plugin as configured. */
export interface PluginEntry {
  readonly name: PluginName
  /** Absolute. */
  readonly path: string
  /** Lower-case hex; another file is refused. */
  readonly sha256?: string | undefined
  /** Stands before the names of its tools; nothing where it is left out. */
  readonly tool_prefix?: string | undefined
  readonly capabilities: ReadonlyArray<GrantInput>
  /** What the plugin may read with `config_get`; texts as they are, everything else as JSON. */
  readonly config?: Readonly<Record<string, Json>> | undefined
  /** Part of the program: a new version of it needs no consent. */
  readonly bundled?: boolean | undefined
}

export interface PluginFile extends Admitted {
  readonly entry: PluginEntry
  readonly capabilities: ReadonlyArray<Capability>
  /** Capability strings in force. */
  readonly grants: ReadonlyArray<string>
  readonly sha256: string
  /** Of the file. */
  readonly size: number
}

/** Of a file's bytes, lower-case hex. */
export const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

/** Where the build wrote what a bundled plugin says about itself. */
export const descriptionPath = ({ path }: PluginEntry): string => path.replace(/\.wasm$/, ".describe.json")

/**
 * What the build wrote, where it was about this very file. It lies in the program's own folder, beside the module and
 * under the same protection.
 */
export const describedByBuild = (file: PluginFile): Effect.Effect<string | undefined> =>
  file.entry.bundled !== true
    ? Effect.succeed(undefined)
    : Effect.promise(async () => {
        // without it, or with another one's, the plugin is asked
        try {
          const written = JSON.parse(await readFile(descriptionPath(file.entry), "utf8"))
          return written.sha256 === file.sha256 ? String(written.output) : undefined
        } catch {
          return undefined
        }
      })

const refuse = (entry: PluginEntry, why: string): PluginRefused =>
  new PluginRefused({ plugin: entry.name, message: `Plugin "${entry.name}": ${why}` })

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  EACCES: "may not be read",
  EISDIR: "is a folder",
  ENOTFILE: "is no regular file"
}

/** The file as it lies there now; of a longer one than is allowed a byte too many. */
export const bytesOf = (entry: PluginEntry): Effect.Effect<Uint8Array, PluginRefused> =>
  Effect.tryPromise({
    // one byte too many is enough to be refused, however long the file is
    try: () => readBounded(entry.path, limits.bytes),
    catch: (error) => {
      const code = codeInWords(error)
      return refuse(entry, `its file ${entry.path} ${reasons[code] ?? `cannot be read (${code})`}. Correct its path.`)
    }
  })

/** What the plugin may do, or the first grant that means nothing here. */
export const capabilitiesOf = (
  entry: PluginEntry,
  functions: ReadonlyArray<HostFunction>
): Effect.Effect<ReadonlyArray<Capability>, PluginRefused> =>
  Effect.forEach(entry.capabilities, (input) =>
    Effect.flatMap(Effect.fromResult(parse(entry.name, input)), (capability) => {
      const serving = functions.filter((offered) =>
        capability.kind === "host_function"
          ? offered.capability === "host_function" && offered.name === capability.name
          : offered.capability === capability.kind
      )
      const named = `capability "${show(capability)}"`
      if (serving.length === 0) {
        return Effect.fail(refuse(entry, `${named} is not available in this version. Remove it.`))
      }
      const objection = serving.map((offered) => offered.objection?.(capability)).find((why) => why !== undefined)
      return objection === undefined ? Effect.succeed(capability) : Effect.fail(refuse(entry, `${named} ${objection}`))
    })
  )

const importable = (
  functions: ReadonlyArray<HostFunction>,
  held: ReadonlyArray<Capability>
): ReadonlyArray<Importable> => [
  ...kernel(held.some(({ kind }) => kind === "http")),
  ...wasi,
  ...functions
    .filter(({ namespace }) => namespace !== KERNEL_NAMESPACE)
    .map(({ namespace, name, params, results, capability }: HostFunction): Importable => {
      const base = { namespace, name, params, results }
      if (capability === undefined) return { ...base, granted: true }
      const granted = held.some((one) => one.kind === capability && (one.kind !== "host_function" || one.name === name))
      return { ...base, granted, needs: needs(capability, name) }
    })
]
const needs = (capability: CapabilityKind, name: string): string =>
  capability === "host_function" ? `host_function:${name}` : forms[capability]

const callable = (entry: FunctionExport): boolean =>
  entry.params.length === 0 &&
  (entry.results.length === 0 || (entry.results.length === 1 && entry.results[0] === "i32"))

/** True where `file` has an entry of that name that exoclaw can call. */
export const has = (file: Admitted, name: string): boolean =>
  file.functions.some((entry) => entry.name === name && callable(entry))

/** Reads, hashes, parses the grants and admits. */
export const load = (
  entry: PluginEntry,
  functions: ReadonlyArray<HostFunction>
): Effect.Effect<PluginFile, PluginRefused> =>
  Effect.gen(function* () {
    const capabilities = yield* capabilitiesOf(entry, functions)
    const bytes = yield* bytesOf(entry)
    const sha256 = sha256Of(bytes)
    if (entry.sha256 !== undefined && entry.sha256 !== sha256) {
      return yield* refuse(
        entry,
        `its file ${entry.path} is not the one the configuration names: its SHA-256 is ${sha256}, expected is ${entry.sha256}.`
      )
    }
    const admitted = Result.mapError(admit(bytes, importable(functions, capabilities)), (refused) =>
      refuse(entry, `its module ${entry.path} is refused: ${refused.message}.`)
    )
    const module = yield* Effect.fromResult(admitted)
    return { ...module, entry, capabilities, grants: capabilities.map(show), sha256, size: bytes.length }
  })
