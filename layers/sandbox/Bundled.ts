/** The plugins that come with exoclaw, with the grants they get where nobody configured any plugin. */
import * as path from "node:path"
import { PluginName } from "../../src/domain/Ids.ts"
import type { PluginEntry } from "./PluginFile.ts"

const source = import.meta.filename.endsWith(".ts")

/** Where their modules lie: beside the bundle, or in `dist/` while developing. */
export const bundledFolder: string = source
  ? path.join(import.meta.dirname, "..", "..", "dist", "plugins")
  : path.join(import.meta.dirname, "plugins")

export const bundledPlugins = (folder: string = bundledFolder): ReadonlyArray<PluginEntry> => [
  { name: PluginName.make("echo"), path: path.join(folder, "echo.wasm"), capabilities: [], bundled: true },
  {
    name: PluginName.make("notes"),
    path: path.join(folder, "notes.wasm"),
    capabilities: ["store:notes"],
    bundled: true
  }
]
