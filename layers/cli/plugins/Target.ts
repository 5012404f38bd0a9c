/** The module that a command means: a file, a plugin's folder, or `builtin:NAME`. */
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import { stat } from "node:fs/promises"
import { basename, join } from "node:path"
import { PluginName } from "../../../src/domain/Ids.ts"
import type { GrantInput } from "../../../src/sandbox/Capability.ts"
import * as Bundled from "../../sandbox/Bundled.ts"
import type { PluginEntry } from "../../sandbox/PluginFile.ts"
import { failure } from "../Failure.ts"
import { Io } from "../Io.ts"
import { readManifest } from "./Manifest.ts"

const isFolder = (path: string): Effect.Effect<boolean> =>
  Effect.promise(() =>
    stat(path).then(
      (found) => found.isDirectory(),
      // what is not there is told by whoever reads it
      () => false
    )
  )

/** What the build compiles, within a plugin's folder. */
export const SOURCE = join("assembly", "index.ts")

/** Where the build of a plugin's folder puts its module. */
export const builtModule = (folder: string, name: string): string => join(folder, "build", `${name}.wasm`)

/** A name for a file, with what a name may not have replaced. */
const nameOf = (path: string): PluginName =>
  PluginName.make(
    basename(path)
      .replace(/\.wasm$/, "")
      .replace(/[^A-Za-z0-9_-]/g, "-")
      .slice(0, 64) || "plugin"
  )

/** Whether `text` can only mean a module, not the name of a loaded plugin. */
export const isModule = Effect.fnUntraced(function* (text: string) {
  const { surroundings } = yield* Io
  const path = /[/\\:]|\.wasm$/.test(text)
  return path || (yield* isFolder(surroundings.absolute(text)))
})

/** The module that `text` means, under these grants. */
export const targetOf = Effect.fnUntraced(function* (
  text: string,
  capabilities: ReadonlyArray<GrantInput>,
  config: Readonly<Record<string, string>> = {}
) {
  const { surroundings } = yield* Io
  const entry = (name: PluginName, path: string): PluginEntry => ({ name, path, capabilities, config })
  const builtin = /^builtin:(.*)$/s.exec(text)?.[1]
  if (builtin !== undefined) {
    return yield* Effect.mapError(
      Effect.fromResult(Bundled.configured(entry(nameOf(builtin), text), surroundings.absolute)),
      ({ message }) => failure(message)
    )
  }
  const path = surroundings.absolute(text)
  if (!(yield* isFolder(path))) return entry(nameOf(path), path)
  const { name } = yield* readManifest(path)
  const built = builtModule(path, name)
  // what another language's tools made lies beside its source
  const found = [built, join(path, `${name}.wasm`)].find((file) => existsSync(file))
  if (found !== undefined) return entry(name, found)
  const next = existsSync(join(path, SOURCE))
    ? `run \`exoclaw plugin build ${text}\``
    : `build it with its own tools, there or as ${name}.wasm in ${path}`
  return yield* failure(`There is no ${built} yet: ${next}.`)
})
