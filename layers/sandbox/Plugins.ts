/** Loads what the configuration names: one refusal stops the start. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Audit } from "../../src/audit/Audit.ts"
import { defaultTenant } from "../../src/domain/Ids.ts"
import { clash, type Description, read } from "../../src/sandbox/Description.ts"
import type { HostFunction } from "../../src/sandbox/HostFunction.ts"
import { PluginRefused } from "../../src/sandbox/PluginError.ts"
import type { PluginInfo, Tool } from "../../src/sandbox/Sandbox.ts"
import type { Provenance } from "../../src/sandbox/Trust.ts"
import type { Store, StoreError } from "../store/Store.ts"
import { Plugin } from "./Plugin.ts"
import { describedByBuild, has, load, type PluginEntry } from "./PluginFile.ts"
import * as PluginRecord from "./PluginRecord.ts"
import * as PluginTrust from "./PluginTrust.ts"
import type { SlotPool } from "./SlotPool.ts"

const refuse = (plugin: string, why: string): PluginRefused =>
  new PluginRefused({ plugin, message: `Plugin "${plugin}": ${why}` })

/** What the plugin says about itself: written at the build, remembered by hash, else asked in a slot with no grants. */
const describe = (store: Store["Service"], plugin: Plugin) =>
  Effect.gen(function* () {
    const built = yield* describedByBuild(plugin.file)
    if (built !== undefined) return yield* read(plugin.name, built)
    const known = yield* PluginRecord.description(store, plugin.file.sha256)
    const output =
      known ??
      (yield* Effect.mapError(plugin.describe(), (failed) =>
        refuse(plugin.name, `it could not describe itself: ${failed.message}`)
      ))
    const description = yield* read(plugin.name, output)
    if (known === undefined) yield* PluginRecord.recordDescription(store, plugin.file.sha256, output)
    return description
  })

/** A plugin that passed every check. */
export interface Loaded {
  readonly plugin: Plugin
  readonly description: Description
  readonly info: PluginInfo
  readonly provenance: Provenance
}

const loaded = (
  plugin: Plugin,
  description: Description,
  provenance: Provenance
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
  return Effect.succeed({ plugin, description, info, provenance })
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
const announce = (plugin: Plugin, { publisher }: Provenance): Effect.Effect<void, PluginRefused> =>
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
            outcome: "ok",
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

/** Everything in order, or the first refusal. Grants are recorded once all are accepted. */
export const loadAll = (
  entries: ReadonlyArray<PluginEntry>,
  functions: ReadonlyArray<HostFunction>,
  deadlineMs: number,
  pool: SlotPool["Service"],
  store: Store["Service"],
  trust: PluginTrust.TrustPolicy = PluginTrust.trusting,
  /** Of plugins that are loaded already. */
  tools: ReadonlyArray<Tool> = []
): Effect.Effect<ReadonlyArray<Loaded>, PluginRefused | StoreError> =>
  Effect.gen(function* () {
    const twice = duplicate(entries) ?? ambiguous(functions)
    if (twice !== undefined) return yield* twice
    const all = yield* Effect.forEach(
      entries,
      Effect.fnUntraced(function* (entry) {
        const file = yield* load(entry, functions)
        if (!has(file, "describe")) {
          return yield* refuse(
            entry.name,
            `its module ${entry.path} exports no function "describe" without parameters.`
          )
        }
        const reviewed = yield* PluginTrust.review(store, file, trust)
        if (reviewed.objection !== undefined) return yield* refuse(entry.name, reviewed.objection.message)
        const plugin = new Plugin(file, pool, deadlineMs, functions)
        const past = PluginTrust.provenance(reviewed.candidate)
        return yield* loaded(plugin, yield* describe(store, plugin), past)
      }),
      { concurrency: 4 }
    )
    const unclear = clash([...tools, ...all.flatMap((one) => one.description.tools)])
    if (unclear !== undefined) return yield* unclear
    yield* Effect.forEach(
      all,
      Effect.fnUntraced(function* ({ plugin, provenance }) {
        if (yield* PluginRecord.isRecorded(store, plugin.name, provenance)) return
        yield* announce(plugin, provenance)
        yield* PluginRecord.recordGrants(store, plugin.name, provenance)
      }),
      // at once, so that they share their commits
      { concurrency: "unbounded", discard: true }
    )
    return all
  })
