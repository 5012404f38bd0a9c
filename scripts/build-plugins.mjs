// Compiles every plugins/NAME with an assembly/index.ts to NAME.wasm and puts its plugin.toml beside it.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const plugins = path.join(root, "plugins")
const compiler = path.join(root, "node_modules", "assemblyscript", "bin", "asc.js")
const cache = path.join(root, "node_modules", ".cache", "exoclaw-plugins")

// One instance lives for one call, so the runtime that never frees is the right one; `_initialize` instead of a start
// section, because admission refuses a module that runs before it is called.
const FLAGS = [
  "-O3",
  "--converge",
  "--noAssert",
  "--runtime",
  "stub",
  "--exportStart",
  "_initialize",
  "--maximumMemory",
  "256",
  "--use"
]

const filesUnder = (folder) =>
  fs
    .readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .toSorted()

/** The folders of `plugins/` that are plugins, by name. */
export const pluginNames = () =>
  fs.existsSync(plugins)
    ? fs
        .readdirSync(plugins)
        .filter((name) => fs.existsSync(path.join(plugins, name, "assembly", "index.ts")))
        .toSorted()
    : []

const fingerprint = (name, abort) => {
  const hash = createHash("sha256").update(fs.readFileSync(path.join(root, "package-lock.json")))
  hash.update([...FLAGS, abort].join("\0"))
  for (const file of [...filesUnder(path.join(plugins, "pdk")), ...filesUnder(path.join(plugins, name))]) {
    hash.update(path.relative(root, file)).update("\0").update(fs.readFileSync(file)).update("\0")
  }
  return hash.digest("hex")
}

const compile = (name, outFile) => {
  // The module of the PDK that exports `onAbort`, as the compiler names it: relative to its base folder.
  const home = filesUnder(path.join(plugins, "pdk")).find((file) =>
    /export function onAbort\b/.test(fs.readFileSync(file, "utf8"))
  )
  if (home === undefined) throw new Error("plugins/pdk exports no function `onAbort`")
  const abort = `abort=${path.relative(plugins, home).replace(/\.ts$/, "")}/onAbort`
  const cached = path.join(cache, `${fingerprint(name, abort)}.wasm`)
  if (!fs.existsSync(cached)) {
    fs.mkdirSync(cache, { recursive: true })
    const partial = `${cached}.${process.pid}.wasm`
    const done = spawnSync(
      process.execPath,
      [compiler, path.join(name, "assembly", "index.ts"), "--baseDir", plugins, "--outFile", partial, ...FLAGS, abort],
      { cwd: plugins, encoding: "utf8" }
    )
    // its remarks on its own optimiser concern nobody; what it says of a mistake does
    if (done.status !== 0) throw new Error(`plugins/${name} does not compile\n${done.stdout}${done.stderr}`)
    fs.renameSync(partial, cached)
  }
  fs.copyFileSync(cached, outFile)
}

/** Builds all plugins into `outFolder`; gives `[file name, bytes]` of each module. */
export const buildPlugins = (outFolder) => {
  fs.mkdirSync(outFolder, { recursive: true })
  return pluginNames().map((name) => {
    const outFile = path.join(outFolder, `${name}.wasm`)
    compile(name, outFile)
    const manifest = path.join(plugins, name, "plugin.toml")
    if (fs.existsSync(manifest)) fs.copyFileSync(manifest, path.join(outFolder, `${name}.toml`))
    return [`plugins/${name}.wasm`, fs.statSync(outFile).size]
  })
}
