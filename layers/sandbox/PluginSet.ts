/** The plugins that are loaded now. A call keeps to the plugin it began with, whatever is loaded meanwhile. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { PluginName } from "../../src/domain/Ids.ts"
import { capabilities, type SealedCapabilities } from "../../src/sandbox/Grant.ts"
import type { HostFunction } from "../../src/sandbox/HostFunction.ts"
import type { PluginError } from "../../src/sandbox/PluginError.ts"
import type { PluginInfo, Tool } from "../../src/sandbox/Sandbox.ts"
import type { StoreError } from "../store/Store.ts"
import type { PluginEntry } from "./PluginFile.ts"
import type { Loaded } from "./Plugins.ts"
import type { Review } from "./PluginTrust.ts"

/** All of them at one moment, by what they are looked up by. */
export interface Snapshot {
  readonly all: ReadonlyArray<Loaded>
  readonly plugins: ReadonlyArray<PluginInfo>
  readonly tools: ReadonlyArray<Tool>
  readonly table: SealedCapabilities
  readonly byName: ReadonlyMap<PluginName, Loaded>
  readonly byTool: ReadonlyMap<string, Loaded>
}

export const snapshot = (all: ReadonlyArray<Loaded>): Snapshot => ({
  all,
  plugins: all.map((one) => one.info),
  tools: all.flatMap((one) => one.description.tools),
  table: capabilities(all.map(({ plugin }) => [plugin.name, plugin.file.capabilities])),
  byName: new Map(all.map((one) => [one.plugin.name, one])),
  byTool: new Map(all.flatMap((one) => one.description.tools.map((tool) => [tool.name, one])))
})

/** What changes a running sandbox's plugins; one change at a time. */
export class PluginSet extends Context.Service<
  PluginSet,
  {
    /** What stands between the entry's file and its grants, as it lies there now; changes nothing. */
    readonly review: (
      entry: PluginEntry,
      hostFunctions: ReadonlyArray<HostFunction>
    ) => Effect.Effect<Review, PluginError | StoreError>
    /** Loads it beside the others, or in the place of the one of its name, which stays where this fails. */
    readonly load: (
      entry: PluginEntry,
      hostFunctions: ReadonlyArray<HostFunction>
    ) => Effect.Effect<PluginInfo, PluginError | StoreError>
    /** False where there was none of that name. */
    readonly unload: (name: string) => Effect.Effect<boolean>
  }
>()("exoclaw/sandbox/PluginSet") {}
