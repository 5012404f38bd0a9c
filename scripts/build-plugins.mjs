// Compiles every plugins/NAME with an assembly/index.ts to NAME.wasm and puts its plugin.toml beside it.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const plugins = path.join(root, "plugins")
const compiler = path.join(root, "node_modules", "assemblyscript", "dist", "asc.js")
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
  "512",
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

/** The module of the PDK that exports `onAbort`, as the compiler names it: relative to its base folder. */
const abortOf = () => {
  const home = filesUnder(path.join(plugins, "pdk")).find((file) =>
    /export function onAbort\b/.test(fs.readFileSync(file, "utf8"))
  )
  if (home === undefined) throw new Error("plugins/pdk exports no function `onAbort`")
  return `abort=${path.relative(plugins, home).replace(/\.ts$/, "")}/onAbort`
}

// One process for all of them: most of what a compilation takes is loading the compiler.
const PROGRAM = `
const [asc, jobs] = process.argv.slice(1).map((argument) => JSON.parse(argument))
const { main } = await import(asc)
const failed = []
for (const { args, name } of jobs) {
  const { error, stderr, stdout } = await main(args)
  // its remarks on its own optimiser concern nobody; what it says of a mistake does
  if (error) failed.push(\`plugins/\${name} does not compile\\n\${stdout}\${stderr}\`)
}
process.stderr.write(failed.join("\\n"))
process.exitCode = failed.length === 0 ? 0 : 1
`

/** Compiles those whose sources changed; gives the file of each by name. */
const compile = (names) => {
  const abort = abortOf()
  const built = new Map(names.map((name) => [name, path.join(cache, `${fingerprint(name, abort)}.wasm`)]))
  const stale = [...built].filter(([, file]) => !fs.existsSync(file))
  if (stale.length === 0) return built
  fs.mkdirSync(cache, { recursive: true })
  const partial = (file) => `${file}.${process.pid}.wasm`
  const jobs = stale.map(([name, file]) => ({
    name,
    args: [path.join(name, "assembly", "index.ts"), "--baseDir", plugins, "--outFile", partial(file), ...FLAGS, abort]
  }))
  const done = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", PROGRAM, JSON.stringify(pathToFileURL(compiler)), JSON.stringify(jobs)],
    { cwd: plugins, encoding: "utf8" }
  )
  if (done.status !== 0) throw new Error(done.stderr)
  for (const [, file] of stale) fs.renameSync(partial(file), file)
  return built
}

/** Builds all plugins into `outFolder`, with the kit that a new plugin gets a copy of; gives `[file name, bytes]` of each module. */
export const buildPlugins = (outFolder) => {
  fs.mkdirSync(outFolder, { recursive: true })
  fs.cpSync(path.join(plugins, "pdk"), path.join(outFolder, "pdk"), { recursive: true })
  return [...compile(pluginNames())].map(([name, file]) => {
    const outFile = path.join(outFolder, `${name}.wasm`)
    fs.copyFileSync(file, outFile)
    const manifest = path.join(plugins, name, "plugin.toml")
    if (fs.existsSync(manifest)) fs.copyFileSync(manifest, path.join(outFolder, `${name}.toml`))
    return [`plugins/${name}.wasm`, fs.statSync(outFile).size]
  })
}
