/** Loads what the configuration names: one refusal stops the start. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Audit } from "../../src/audit/Audit.ts"
import { defaultTenant } from "../../src/domain/Ids.ts"
import { clash, type Description, read } from "../../src/sandbox/Description.ts"
import type { HostFunction } from "../../src/sandbox/HostFunction.ts"
import { PluginRefused } from "../../src/sandbox/PluginError.ts"
import type { PluginInfo } from "../../src/sandbox/Sandbox.ts"
import type { Store, StoreError } from "../store/Store.ts"
import { Plugin } from "./Plugin.ts"
import { describedByBuild, has, load, type PluginEntry, type PluginFile } from "./PluginFile.ts"
import * as PluginRecord from "./PluginRecord.ts"
import type { SlotPool } from "./SlotPool.ts"

const refuse = (plugin: string, why: string): PluginRefused =>
  new PluginRefused({ plugin, message: `Plugin "${plugin}": ${why}` })

/** A file that changed does not inherit what the old one was granted (threats row 18). */
const consent = (store: Store["Service"], file: PluginFile) =>
  Effect.flatMap(PluginRecord.lastGrants(store, file.entry.name), (last) =>
    last === undefined ||
    last.sha256 === file.sha256 ||
    file.grants.length === 0 ||
    file.entry.sha256 !== undefined ||
    file.entry.bundled === true
      ? Effect.void
      : Effect.fail(
          refuse(
            file.entry.name,
            `its file ${file.entry.path} has changed since it was granted ${file.grants.join(", ")}. If the change is wanted, set sha256 = "${file.sha256}" in its [[plugins]] entry.`
          )
        )
  )

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
}

const loaded = (plugin: Plugin, description: Description): Effect.Effect<Loaded, PluginRefused> => {
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
    imports: file.imports
  }
  return Effect.succeed({ plugin, description, info })
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
const announce = (plugin: Plugin): Effect.Effect<void, PluginRefused> =>
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
            data: { plugin: plugin.name, sha256: plugin.file.sha256, grants: plugin.file.grants.join(" ") }
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
  store: Store["Service"]
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
        yield* consent(store, file)
        const plugin = new Plugin(file, pool, deadlineMs, functions)
        return yield* loaded(plugin, yield* describe(store, plugin))
      }),
      { concurrency: 4 }
    )
    const unclear = clash(all.flatMap((one) => one.description.tools))
    if (unclear !== undefined) return yield* unclear
    yield* Effect.forEach(
      all,
      Effect.fnUntraced(function* ({ plugin }) {
        if (yield* PluginRecord.isRecorded(store, plugin.name, plugin.file)) return
        yield* announce(plugin)
        yield* PluginRecord.recordGrants(store, plugin.name, plugin.file)
      }),
      // at once, so that they share their commits
      { concurrency: "unbounded", discard: true }
    )
    return all
  })
