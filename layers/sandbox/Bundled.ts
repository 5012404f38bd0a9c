/** The plugins that come with exoclaw, with the grants they get where nobody configured any plugin. */
import { readdirSync } from "node:fs"
import * as path from "node:path"
import * as Result from "effect/Result"
import { PluginName } from "../../src/domain/Ids.ts"
import { nearest } from "../../src/config/Nearest.ts"
import { PluginRefused } from "../../src/sandbox/PluginError.ts"
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
    // a person's own notes: they leave for nowhere, and what is read from them stays untrusted
    capabilities: [{ grant: "store:notes", untrusted: true }],
    bundled: true
  }
]

/** What a configured path begins with where it names a plugin that comes with exoclaw. */
const PREFIX = "builtin:"

const modulesIn = (folder: string): ReadonlyArray<string> => {
  // a source tree that was never built has none
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith(".wasm"))
      .map((file) => file.slice(0, -".wasm".length))
      .toSorted()
  } catch {
    return []
  }
}

/** A configured plugin with its path made absolute; `builtin:NAME` is a module that comes with exoclaw. */
export const configured = (
  plugin: PluginEntry,
  absolute: (path: string) => string,
  folder: string = bundledFolder
): Result.Result<PluginEntry, PluginRefused> => {
  if (!plugin.path.startsWith(PREFIX)) return Result.succeed({ ...plugin, path: absolute(plugin.path) })
  const name = plugin.path.slice(PREFIX.length)
  const known = modulesIn(folder)
  if (known.includes(name)) return Result.succeed({ ...plugin, path: path.join(folder, `${name}.wasm`), bundled: true })
  const meant = nearest(name, known)
  const list = known.map((one) => PREFIX + one).join(", ") || "nothing; run `npm run build`"
  return Result.fail(
    new PluginRefused({
      plugin: plugin.name,
      message: `Plugin "${plugin.name}": no plugin ${plugin.path.slice(0, 80)} comes with exoclaw${meant === undefined ? "." : `; did you mean ${PREFIX}${meant}?`} There is ${list}.`
    })
  )
}
