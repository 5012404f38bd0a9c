// Lets a sandbox load the compiled plugins as a first start would: each says what it is in a slot, with no grants. What
// they said is written beside them, NAME.describe.json, so that a start needs no process for them.
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const cache = fileURLToPath(new URL("../node_modules/.cache/exoclaw-plugins", import.meta.url))
const source = (file) => import(String(new URL(`../${file}`, import.meta.url)))

/** Of each plugin the text of its `describe`. */
const ask = async (plugins) => {
  const { Casil } = await source("src/casil/Casil.ts")
  const { layer } = await source("layers/sandbox/Sandbox.ts")
  const { description } = await source("layers/sandbox/PluginRecord.ts")
  const { Store } = await source("layers/store/Store.ts")
  const { layerMemory } = await source("layers/store/SqliteStore.ts")
  const sandbox = layer({ plugins, slots: { min: 1, max: 1, spare: 0 }, memoryMiB: 400, deadlineMs: 10_000 }).pipe(
    Layer.provideMerge(Layer.mergeAll(layerMemory, Casil.layer()))
  )
  const said = Effect.flatMap(Store, (store) => Effect.forEach(plugins, ({ sha256 }) => description(store, sha256)))
  return Effect.runPromise(Effect.provide(said, sandbox))
}

/** Describes the bundled plugins whose modules lie in `folder`. The same bytes always say the same: asked once. */
export const describePlugins = async (folder) => {
  const { bundledPlugins } = await source("layers/sandbox/Bundled.ts")
  const { descriptionPath, sha256Of } = await source("layers/sandbox/PluginFile.ts")
  const plugins = bundledPlugins(folder)
    .filter((entry) => fs.existsSync(entry.path))
    .map((entry) => ({ ...entry, sha256: sha256Of(fs.readFileSync(entry.path)) }))
  const cached = ({ sha256 }) => path.join(cache, `${sha256}.describe.json`)
  const unknown = plugins.filter((entry) => !fs.existsSync(cached(entry)))
  const said = unknown.length === 0 ? [] : await ask(unknown)
  for (const [index, entry] of unknown.entries()) {
    const draft = `${cached(entry)}.${process.pid}`
    fs.mkdirSync(cache, { recursive: true })
    fs.writeFileSync(draft, JSON.stringify({ sha256: entry.sha256, output: said[index] }))
    fs.renameSync(draft, cached(entry))
  }
  for (const entry of plugins) fs.copyFileSync(cached(entry), descriptionPath(entry))
}
