/** Loads plugins: each is checked, describes itself, and what it was given is recorded. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Audit } from "../../src/audit/Audit.ts"
import { canonicalJson } from "../../src/domain/CanonicalJson.ts"
import { defaultTenant } from "../../src/domain/Ids.ts"
import { clash, type Description, read } from "../../src/sandbox/Description.ts"
import type { HostFunction } from "../../src/sandbox/HostFunction.ts"
import { PluginRefused } from "../../src/sandbox/PluginError.ts"
import type { PluginInfo, Tool } from "../../src/sandbox/Sandbox.ts"
import type { Provenance } from "../../src/sandbox/Trust.ts"
import type { Store, StoreError } from "../store/Store.ts"
import { Plugin } from "./Plugin.ts"
import { describedByBuild, has, load, type PluginEntry, type PluginFile, sha256Of } from "./PluginFile.ts"
import * as PluginRecord from "./PluginRecord.ts"
import * as PluginTrust from "./PluginTrust.ts"
import type { SlotPool } from "./SlotPool.ts"

const refuse = (plugin: string, why: string): PluginRefused =>
  new PluginRefused({ plugin, message: `Plugin "${plugin}": ${why}` })

/** What it may say of itself depends on its bytes, and on the configuration that it may read while it does. */
const describedAs = ({ entry: { config = {} }, sha256 }: PluginFile): string =>
  Object.keys(config).length === 0 ? sha256 : sha256Of(Buffer.from(`${sha256} ${canonicalJson(config)}`))

/** What the plugin says about itself: written at the build, remembered by hash, else asked in a slot with no grants. */
const describe = (store: Store["Service"], plugin: Plugin) =>
  Effect.gen(function* () {
    const key = describedAs(plugin.file)
    const prefix = plugin.file.entry.tool_prefix
    const built = yield* describedByBuild(plugin.file)
    if (built !== undefined) return yield* read(plugin.name, built, prefix)
    const known = yield* PluginRecord.description(store, key)
    const output =
      known ??
      (yield* Effect.mapError(plugin.describe(), (failed) =>
        refuse(plugin.name, `it could not describe itself: ${failed.message}`)
      ))
    const description = yield* read(plugin.name, output, prefix)
    if (known === undefined) yield* PluginRecord.recordDescription(store, key, output)
    return description
  })

/** A plugin that passed every check. */
export interface Loaded {
  readonly plugin: Plugin
  readonly description: Description
  readonly info: PluginInfo
  readonly provenance: Provenance
  /** What it was given before. */
  readonly last: PluginRecord.Given | undefined
}

/** What plugins are loaded with. */
export interface Loader {
  readonly functions: ReadonlyArray<HostFunction>
  /** How long a call may take. */
  readonly deadlineMs: number
  readonly pool: SlotPool["Service"]
  readonly store: Store["Service"]
  /** Everybody's files are loaded where it is left out. */
  readonly trust?: PluginTrust.TrustPolicy | undefined
}

const loaded = (
  plugin: Plugin,
  description: Description,
  provenance: Provenance,
  last: PluginRecord.Given | undefined
): Effect.Effect<Loaded, PluginRefused> => {
  const { file } = plugin
  const tool = has(file, "handle_tool_call")
  if (description.tools.length > 0 && !tool) {
    return Effect.fail(refuse(plugin.name, "it declares tools and exports no handle_tool_call"))
  }
  const kinds = [
    ...(tool ? (["tool"] as const) : []),
    ...(has(file, "handle_message") ? (["skill"] as const) : []),
    ...(description.channel ? (["channel"] as const) : [])
  ]
  const info: PluginInfo = {
    name: plugin.name,
    path: file.entry.path,
    sha256: file.sha256,
    bytes: file.size,
    kinds,
    tools: description.tools,
    grants: file.grants,
    capabilities: file.capabilities,
    imports: file.imports,
    ...(provenance.publisher === undefined ? {} : { publisher: provenance.publisher })
  }
  return Effect.succeed({ plugin, description, info, provenance, last })
}

/** Two host functions of one name: the module could not say which it means. */
const ambiguous = (functions: ReadonlyArray<HostFunction>): PluginRefused | undefined => {
  const twice = functions.find(({ name }, index) => functions.findIndex((other) => other.name === name) !== index)
  return twice === undefined
    ? undefined
    : new PluginRefused({
        plugin: "",
        message: `Two host functions have the name "${twice.name}". The embedding program gives its own another name.`
      })
}

const duplicate = (entries: ReadonlyArray<PluginEntry>): PluginRefused | undefined => {
  const twice = entries.find((entry, index) => entries.findIndex((other) => other.name === entry.name) !== index)
  return twice === undefined ? undefined : refuse(twice.name, "two [[plugins]] entries have this name")
}

/** A new file or new grants of a known one, in the audit log of a program that has one. */
const announce = (
  plugin: Plugin,
  { publisher }: Provenance,
  outcome: "ok" | "refused" = "ok"
): Effect.Effect<void, PluginRefused> =>
  Effect.flatMap(
    Effect.serviceOption(Audit),
    Option.match({
      onNone: () => Effect.void,
      onSome: (audit) =>
        Effect.mapError(
          audit.append({
            kind: "plugin.loaded",
            tenant: defaultTenant,
            principal: "gateway",
            outcome,
            data: {
              plugin: plugin.name,
              sha256: plugin.file.sha256,
              grants: plugin.file.grants.join(" "),
              publisher: publisher ?? null
            }
          }),
          (error) => refuse(plugin.name, `its grants could not be recorded. ${error.message}`)
        )
    })
  )

/** Names that stand twice, before anything is read. */
export const unclearNames = (loader: Loader, entries: ReadonlyArray<PluginEntry>): PluginRefused | undefined =>
  duplicate(entries) ?? ambiguous(loader.functions)

/** One plugin that passed what can be checked of it alone. */
export const checked = (
  { deadlineMs, functions, pool, store, trust = PluginTrust.trusting }: Loader,
  entry: PluginEntry
) =>
  Effect.gen(function* () {
    const file = yield* load(entry, functions)
    if (!has(file, "describe")) {
      return yield* refuse(entry.name, `its module ${entry.path} exports no function "describe" without parameters.`)
    }
    const { candidate, last, objection } = yield* PluginTrust.review(store, file, trust)
    if (objection !== undefined) return yield* refuse(entry.name, objection.message)
    const plugin = new Plugin(file, pool, deadlineMs, functions)
    return yield* loaded(plugin, yield* describe(store, plugin), PluginTrust.provenance(candidate), last)
  })

/** Has it recorded what the plugin runs with, unless another gateway gave it something else meanwhile that forbids it. */
export const record = (
  { store, trust = PluginTrust.trusting }: Loader,
  { last, plugin, provenance }: Loaded
): Effect.Effect<void, PluginRefused | StoreError> =>
  Effect.gen(function* () {
    if (PluginRecord.isGiven(last, provenance)) return
    yield* announce(plugin, provenance)
    let seen = last
    while (!(yield* PluginRecord.recordGrants(store, plugin.name, provenance, seen))) {
      const again = yield* PluginTrust.review(store, plugin.file, trust)
      if (again.objection !== undefined) {
        yield* announce(plugin, provenance, "refused")
        return yield* refuse(plugin.name, again.objection.message)
      }
      seen = again.last
    }
  })

export const toolsOf = (all: ReadonlyArray<Loaded>): ReadonlyArray<Tool> =>
  all.flatMap(({ description }) => description.tools)

/** Everything in order, or the first refusal. Grants are recorded once all are accepted. */
export const loadAll = (
  loader: Loader,
  entries: ReadonlyArray<PluginEntry>,
  /** Of plugins that are loaded already. */
  tools: ReadonlyArray<Tool> = []
): Effect.Effect<ReadonlyArray<Loaded>, PluginRefused | StoreError> =>
  Effect.gen(function* () {
    const twice = unclearNames(loader, entries)
    if (twice !== undefined) return yield* twice
    const all = yield* Effect.forEach(entries, (entry) => checked(loader, entry), { concurrency: 4 })
    const unclear = clash([...tools, ...toolsOf(all)])
    if (unclear !== undefined) return yield* unclear
    // at once, so that they share their commits
    yield* Effect.forEach(all, (one) => record(loader, one), { concurrency: "unbounded", discard: true })
    return all
  })
