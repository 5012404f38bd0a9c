// Bundles the program, its child programs and its client into dist/, and compiles the plugins beside them.
//   exoclaw.js  what `npm start` and the bin run: sets up the process and loads exoclaw-main.js, whose parts load when
//               they are first needed
//   zygote.js, slot.js   the sandbox's processes: one file each, they may read nothing else
//   count.js   counts tokens for the gateway, with the vocabularies in vocabulary/
//   inspect.js  the gateway's thread that decides on long blocks
//   recall.js  the gateway's thread that looks through large memories
//   client.js, client-bus.js, client-effect.js   the package's exports `exoclaw/client`, `exoclaw/client/bus` and
//               `exoclaw/client/effect`; the last uses the Effect of whoever imports it
// The new dist/ takes the old one's place only when it is complete.
import * as esbuild from "esbuild"
import * as fs from "node:fs"
import { isBuiltin } from "node:module"
import * as path from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { brotliCompressSync, constants } from "node:zlib"
import { buildPlugins } from "./build-plugins.mjs"
import { describePlugins } from "./describe-plugins.mjs"
import { mergeChunks } from "./merge-chunks.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))
const dist = path.join(root, "dist")
const fresh = path.join(root, `dist.${process.pid}`)
const quiet = process.argv.includes("--quiet")
const { version } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"))

/** Source, output name, and whether it may be cut into parts that load later. */
const PROGRAMS = [
  { source: "layers/entry.ts", name: "exoclaw", splitting: false },
  { source: "layers/main.ts", name: "exoclaw-main", splitting: true },
  { source: "layers/sandbox/zygote-main.ts", name: "zygote", splitting: false },
  { source: "layers/sandbox/slot-main.ts", name: "slot", splitting: false },
  { source: "layers/model/count-main.ts", name: "count", splitting: false },
  { source: "layers/memory/recall-main.ts", name: "recall", splitting: false },
  { source: "layers/casil/inspect-main.ts", name: "inspect", splitting: false },
  { source: "layers/client/index.ts", name: "client", splitting: false },
  { source: "layers/client/bus/index.ts", name: "client-bus", splitting: false },
  { source: "layers/client/Client.ts", name: "client-effect", splitting: false }
]

/**
 * Node's own modules, taken without `import`: an import reads every property of the module, those too that load on
 * first use, and `node:http` has one that loads a whole HTTP client (about 20 ms and several MB at each start). But for
 * `import()`, which has to give all of them by their names.
 */
const builtins = {
  name: "builtins",
  setup: (build) => {
    build.onResolve({ filter: /^[a-z_:/0-9]+$/ }, ({ kind, path: specifier }) => {
      if (!isBuiltin(specifier)) return undefined
      const path = specifier.startsWith("node:") ? specifier : `node:${specifier}`
      return kind === "dynamic-import" ? { path, external: true } : { path, namespace: "builtin" }
    })
    build.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path: specifier }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(specifier)})`
    }))
  }
}

/**
 * A tokenizer's vocabulary as a packed file beside its program, read when its first text is counted: as JavaScript both
 * would be more than everything else together.
 */
const vocabularies = {
  name: "vocabularies",
  setup: (build) =>
    build.onLoad({ filter: /gpt-tokenizer\/.*bpeRanks\/\w+\.js$/ }, async ({ path: file }) => {
      const name = `${path.basename(file, ".js")}.br`
      const { default: ranks } = await import(pathToFileURL(file).href)
      const packed = brotliCompressSync(JSON.stringify(ranks), { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
      fs.mkdirSync(path.join(fresh, "vocabulary"), { recursive: true })
      fs.writeFileSync(path.join(fresh, "vocabulary", name), packed)
      return {
        contents: `import { readFileSync } from "node:fs"
import { brotliDecompressSync } from "node:zlib"
const packed = readFileSync(new URL("vocabulary/${name}", import.meta.url))
export default JSON.parse(brotliDecompressSync(packed).toString())`
      }
    })
}

/** The first file sets things up before the program's own code is read: so that is another file. */
const main = {
  name: "main",
  setup: (build) => build.onResolve({ filter: /^\.\/main\.ts$/ }, () => ({ path: "./exoclaw-main.js", external: true }))
}

const options = {
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node22.19",
  minify: true,
  keepNames: false,
  legalComments: "none",
  metafile: true,
  logLevel: "warning"
}

const bundle = ({ source, name, splitting }) =>
  esbuild.build({
    ...options,
    absWorkingDir: root,
    entryPoints: { [name]: source },
    outdir: fresh,
    chunkNames: "exoclaw-[name]-[hash]",
    splitting,
    // `ws` would look for these two native helpers, and load what it finds: the definitions below tell it not to.
    external: ["bufferutil", "utf-8-validate", ...(name === "client-effect" ? ["effect/*"] : [])],
    plugins: name.startsWith("exoclaw") ? [main, builtins] : name === "count" ? [vocabularies] : [],
    define: {
      EXOCLAW_VERSION: JSON.stringify(version),
      "process.env.WS_NO_BUFFER_UTIL": '"1"',
      "process.env.WS_NO_UTF_8_VALIDATE": '"1"'
    },
    ...(name.startsWith("client")
      ? { platform: "browser", target: "es2022" }
      : {
          // CommonJS packages inside an ES module still say `require`. Pure: of a hundred parts that are put together, those
          // that say none make none.
          banner: {
            js: 'import{createRequire as __createRequire}from"node:module";const require=/*@__PURE__*/__createRequire(import.meta.url);'
          }
        })
  })

/**
 * The parts that something loads. The bundler writes one for each `import()` it has seen, those too that stood in code
 * it left out: an HTTP client of 700 KB was among them, which nothing named any more.
 */
const loaded = ({ outputs }) => {
  const parts = new Map(Object.entries(outputs))
  const seen = new Set()
  const visit = (file) => {
    if (seen.has(file) || !parts.has(file)) return
    seen.add(file)
    for (const { path: next } of parts.get(file).imports) visit(next)
  }
  const sources = PROGRAMS.map(({ source }) => source)
  for (const [file, { entryPoint }] of parts) if (sources.includes(entryPoint)) visit(file)
  for (const file of parts.keys()) if (!seen.has(file)) fs.rmSync(path.join(root, file))
  return { outputs: Object.fromEntries([...parts].filter(([file]) => seen.has(file))) }
}

const packageOf = (input) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1]

/** The licences of everything that was bundled, as they ask to travel with it. */
const licences = (metafiles) => {
  const used = new Set(
    metafiles
      .flatMap(({ outputs }) => Object.values(outputs))
      .flatMap(({ inputs }) => Object.keys(inputs).flatMap((input) => packageOf(input) ?? []))
  )
  return [...used].toSorted().map((name) => {
    const folder = path.join(root, "node_modules", name)
    const about = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"))
    const file = fs.readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
    const text = file === undefined ? "" : fs.readFileSync(path.join(folder, file), "utf8").trim()
    return `${name} ${about.version} (${about.license})\n\n${text}\n`
  })
}

/**
 * Regular expressions are the one place where the bundler leaves letters of other scripts: a single one makes the engine
 * keep the whole file at two bytes for each character, a megabyte more in every gateway.
 */
const escapeScripts = () => {
  for (const name of fs.readdirSync(fresh).filter((file) => file.endsWith(".js"))) {
    const file = path.join(fresh, name)
    const text = fs.readFileSync(file, "utf8")
    const escaped = text.replace(/[^\0-\x7f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
    if (escaped !== text) fs.writeFileSync(file, escaped)
  }
}

const table = (rows) => {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, bytes]) => `${name.padEnd(width)} ${(bytes / 1024).toFixed(1).padStart(9)} KiB`).join("\n")
}

try {
  fs.mkdirSync(fresh, { recursive: true })
  const metafiles = (await Promise.all(PROGRAMS.map(bundle))).map((result) => loaded(result.metafile))
  await mergeChunks(fresh, metafiles[1].outputs, options)
  escapeScripts()
  const files = fs
    .readdirSync(fresh, { recursive: true })
    .filter((file) => fs.statSync(path.join(fresh, file)).isFile())
  const rows = files.map((file) => [file, fs.statSync(path.join(fresh, file)).size])
  const programs = rows.reduce((total, [, bytes]) => total + bytes, 0)
  // the word vectors that layers/memory/StaticEmbedder.ts reads when memory is first used
  fs.mkdirSync(path.join(fresh, "vectors"))
  fs.copyFileSync(path.join(root, "layers/memory/vectors/english.bin"), path.join(fresh, "vectors/english.bin"))
  rows.push(["vectors/english.bin", fs.statSync(path.join(fresh, "vectors/english.bin")).size])
  rows.push(...buildPlugins(path.join(fresh, "plugins")))
  await describePlugins(path.join(fresh, "plugins")).catch((error) => {
    process.stderr.write(`build: the plugins could not be described, the first start will ask them: ${error.message}\n`)
  })
  fs.writeFileSync(path.join(fresh, "THIRD_PARTY_LICENSES.txt"), licences(metafiles).join(`\n${"-".repeat(80)}\n\n`))
  const old = `${fresh}.old`
  if (fs.existsSync(dist)) fs.renameSync(dist, old)
  fs.renameSync(fresh, dist)
  fs.rmSync(old, { recursive: true, force: true })
  if (!quiet) process.stdout.write(`${table([...rows, ["all programs", programs]])}\n`)
} catch (error) {
  fs.rmSync(fresh, { recursive: true, force: true })
  // esbuild has printed its own errors with the place in the source.
  if (!Array.isArray(error?.errors))
    process.stderr.write(`build: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
