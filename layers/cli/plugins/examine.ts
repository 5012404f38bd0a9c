/** `exoclaw plugin inspect FILE`: what a module asks for, and what it would be given, without running any of it. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { admit } from "../../../src/sandbox/Admission.ts"
import {
  type Capability,
  type CapabilityKind,
  conditioned,
  type Conditioned,
  forms,
  inWords,
  parse,
  show
} from "../../../src/sandbox/Capability.ts"
import type { HostFunction } from "../../../src/sandbox/HostFunction.ts"
import { kernel, KERNEL_NAMESPACE } from "../../../src/sandbox/Kernel.ts"
import { limits } from "../../../src/sandbox/ModuleLimits.ts"
import type { FunctionExport, Importable } from "../../../src/sandbox/ModuleParser.ts"
import { wasi, WASI_NAMESPACE } from "../../../src/sandbox/Wasi.ts"
import { readBounded } from "../../platform/BoundedFile.ts"
import * as MemorySecrets from "../../secret/MemorySecrets.ts"
import * as Bundled from "../../sandbox/Bundled.ts"
import { type PluginEntry, sha256Of } from "../../sandbox/PluginFile.ts"
import { failure } from "../Failure.ts"
import { Io } from "../Io.ts"
import { settingsOf, type Where } from "../reach.ts"
import { json, printable } from "../text.ts"
import { layer, trialHost } from "./Host.ts"
import { targetOf } from "./Target.ts"

export interface Examine extends Where {
  readonly file: string
  readonly grant: ReadonlyArray<string>
  readonly json: boolean
}

interface Import {
  readonly name: string
  /** What it must be granted for this one. */
  readonly needs: CapabilityKind | undefined
}

/** What a module is, and what is between what it asks for and what it is given. */
export interface Examination {
  readonly path: string
  readonly sha256: string
  readonly bytes: number
  readonly kinds: ReadonlyArray<string>
  readonly exports: ReadonlyArray<string>
  readonly imports: ReadonlyArray<string>
  /** Forms of the capabilities that its imports need. */
  readonly needs: ReadonlyArray<string>
  readonly grants: ReadonlyArray<string>
  /** The same, each with the conditions that would hold for it. */
  readonly conditions: ReadonlyArray<Conditioned>
  /** Needed, not granted: with these the module is refused. */
  readonly missing: ReadonlyArray<string>
  /** Granted, not needed. */
  readonly unused: ReadonlyArray<string>
}

const bytesOf = (path: string) =>
  Effect.tryPromise({
    try: async () => {
      const bytes = await readBounded(path, limits.bytes)
      if (bytes.length > limits.bytes)
        throw new RangeError(`it has more than the ${limits.bytes} bytes that are allowed`)
      return bytes
    },
    catch: (cause) => {
      const why = cause instanceof RangeError ? cause.message : "it cannot be read"
      return failure(`${path}: ${why}. Build it first with \`exoclaw plugin build\`, or correct the path.`)
    }
  })

/** Of the functions that stock kits import from WASI, those that do something under a grant. */
const wasiNeeds: ReadonlyMap<string, CapabilityKind> = new Map([
  ["clock_time_get", "clock"],
  ["random_get", "random"]
])

const needsOf = (name: string, functions: ReadonlyArray<HostFunction>): CapabilityKind | undefined => {
  const [space, own = ""] = [name.slice(0, name.lastIndexOf("/")), name.slice(name.lastIndexOf("/") + 1)]
  if (space === WASI_NAMESPACE) return wasiNeeds.get(own)
  if (space === KERNEL_NAMESPACE) return own.startsWith("http_") ? "http" : undefined
  return functions.find((known) => known.namespace === space && known.name === own)?.capability
}

const everything = (functions: ReadonlyArray<HostFunction>): ReadonlyArray<Importable> => [
  ...kernel(true),
  ...wasi,
  ...functions
    .filter(({ namespace }) => namespace !== KERNEL_NAMESPACE)
    .map(({ name, namespace, params, results }) => ({ name, namespace, params, results, granted: true }))
]

const callable = ({ params, results }: FunctionExport): boolean =>
  params.length === 0 && (results.length === 0 || (results.length === 1 && results[0] === "i32"))

const kindsOf = (exports: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...(exports.includes("handle_tool_call") ? ["tool"] : []),
  ...(exports.includes("handle_message") ? ["skill"] : []),
  ...(exports.includes("parse_incoming") ? ["channel"] : [])
]

/** A WASI import of a missing capability does not keep a module out: the function only does nothing. */
const isOptional = ({ name }: Import): boolean => name.startsWith(`${WASI_NAMESPACE}/`)

const compare = (imports: ReadonlyArray<Import>, granted: ReadonlyArray<Capability>) => {
  const kinds = new Set(granted.map(({ kind }) => kind))
  const needed = new Set(imports.flatMap(({ needs }) => (needs === undefined ? [] : [needs])))
  const missing = imports.flatMap((one) =>
    one.needs === undefined || isOptional(one) || kinds.has(one.needs) ? [] : [one.needs]
  )
  // a secret is used within a request, mostly without any import of its own
  const used = (kind: CapabilityKind) => needed.has(kind) || (kind === "secret" && needed.has("http"))
  return {
    needs: [...needed].map((kind) => forms[kind]),
    missing: [...new Set(missing)].map((kind) => forms[kind]),
    unused: granted.flatMap(({ kind }) => (used(kind) ? [] : [kind]))
  }
}

/** Reads the module of an entry. Fails where it would be refused whatever it is granted. */
export const examine = Effect.fnUntraced(function* (entry: PluginEntry) {
  const { functions } = yield* Effect.provide(trialHost, Layer.merge(layer, MemorySecrets.layerMemory))
  const granted = yield* Effect.forEach(entry.capabilities, (input) =>
    Effect.mapError(Effect.fromResult(parse(entry.name, input)), ({ message }) => failure(message))
  )
  const bytes = yield* bytesOf(entry.path)
  const admitted = yield* Effect.fromResult(
    Result.mapError(admit(bytes, everything(functions)), ({ message }) =>
      failure(`${entry.path} would be refused whatever it is granted: ${message}.`)
    )
  )
  // names are the module's own words, and may be as long as it is
  const exports = admitted.functions.filter(callable).map(({ name }) => name.slice(0, 200))
  const imports = admitted.imports.map((name) => ({ name, needs: needsOf(name, functions) }))
  return {
    path: entry.path,
    sha256: sha256Of(bytes),
    bytes: bytes.length,
    kinds: kindsOf(exports),
    exports,
    imports: admitted.imports,
    grants: granted.map(show),
    conditions: granted.map(conditioned),
    ...compare(imports, granted)
  } satisfies Examination
})

/** The `[[plugins]]` entry of the configuration that names this file. */
const configuredAs = Effect.fnUntraced(function* (where: Where, { path }: PluginEntry) {
  const io = yield* Io
  const { configFile, values } = yield* settingsOf(where)
  const folder = configFile === undefined ? "." : `${configFile}/..`
  const resolve = (file: string) => io.surroundings.absolute(file.startsWith("/") ? file : `${folder}/${file}`)
  return values.plugins.find((plugin) => {
    const known = Bundled.configured(plugin, resolve)
    return Result.isSuccess(known) && known.success.path === path
  })
})

const list = (items: ReadonlyArray<string>, none: string): string => items.join(", ") || none

const shown = (found: Examination, name: string | undefined): string =>
  [
    `file      ${found.path}`,
    `sha-256   ${found.sha256}`,
    `size      ${found.bytes} bytes`,
    `kinds     ${list(found.kinds, "none: it exports no handle_tool_call and no handle_message")}`,
    `exports   ${list(found.exports, "nothing that can be called")}`,
    `imports   ${list(found.imports, "nothing")}`,
    `needs     ${list(found.needs, "nothing: it can only compute")}`,
    `grants    ${list(found.conditions.map(inWords), "none")}${name === undefined ? "" : ` ([[plugins]] "${name}")`}`,
    ...(found.missing.length === 0 ? [] : [`missing   ${found.missing.join(", ")}: without it the module is refused`]),
    ...(found.unused.length === 0 ? [] : [`unused    ${found.unused.join(", ")}: granted, and never asked for`]),
    ""
  ].join("\n")

export const inspectFile = Effect.fnUntraced(function* (input: Examine) {
  const io = yield* Io
  const target = yield* targetOf(input.file, input.grant)
  const known = input.grant.length > 0 ? undefined : yield* configuredAs(input, target)
  const found = yield* examine({ ...target, capabilities: known?.capabilities ?? input.grant }).pipe(
    Effect.catchTag("StoreError", ({ message }) => Effect.fail(failure(message)))
  )
  io.out(input.json ? json(found) : printable(shown(found, known?.name)))
})
