/**
 * `exoclaw plugin build`: compiles a plugin's folder with its own compiler, and tells what the module needs; while it is
 * written, again at every change, and into the running gateway.
 */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { spawn } from "node:child_process"
import { existsSync, watch } from "node:fs"
import { rm } from "node:fs/promises"
import { dirname, join, relative } from "node:path"
import { distFolder } from "../../platform/Package.ts"
import { makeFolder, shared } from "../../platform/PrivateFile.ts"
import { limits } from "../../../src/sandbox/ModuleLimits.ts"
import { readBounded } from "../../platform/BoundedFile.ts"
import { sha256Of } from "../../sandbox/PluginFile.ts"
import { type CliFailure, failure } from "../Failure.ts"
import { Io } from "../Io.ts"
import { load } from "../plugin.ts"
import type { Target } from "../reach.ts"
import { json, printable } from "../text.ts"
import { examine } from "./examine.ts"
import { type Manifest, readManifest } from "./Manifest.ts"
import { builtModule, SOURCE } from "./Target.ts"
import { COMPILER, FLAGS } from "./Template.ts"

const compilerIn = (folder: string): string => join(folder, "node_modules", "assemblyscript", "bin", "asc.js")

/** The compiler of the folder, or of one above it; else the one that exoclaw itself has, in a clone. */
const compilerOf = (folder: string): string | undefined => {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(compilerIn(at))) return compilerIn(at)
    if (dirname(at) === at) break
  }
  const own = compilerIn(dirname(distFolder))
  return existsSync(own) ? own : undefined
}

interface Compiled {
  readonly code: number | null
  readonly said: string
}

const compile = (compiler: string, folder: string, outFile: string): Effect.Effect<Compiled, CliFailure> =>
  Effect.callback((resume) => {
    const child = spawn(process.execPath, [compiler, SOURCE, "--outFile", relative(folder, outFile), ...FLAGS], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"]
    })
    let said = ""
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text))
    child.once("error", () => resume(Effect.fail(failure("The compiler cannot be started."))))
    child.once("close", (code) => resume(Effect.succeed({ code, said })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

const isSpelled = (form: string, { capabilities = [] }: Manifest): boolean => {
  const kind = form.split(":")[0]
  return capabilities.some((one) => one.split(":")[0] === kind)
}

/** Of what was built before; undefined where nothing was. */
const hashIn = (outFile: string): Effect.Effect<string | undefined> =>
  Effect.promise(() => readBounded(outFile, limits.bytes).then(sha256Of, () => undefined))

/** What was signed is gone, and no gateway takes a module with the signature of another one. True where there was one. */
const dropSignature = (outFile: string): Effect.Effect<boolean> =>
  Effect.promise(() =>
    rm(`${outFile}.sig`).then(
      () => true,
      () => false
    )
  )

/** Compiles the folder, and tells what the module is. */
const compiled = Effect.fnUntraced(function* (folder: string, manifest: Manifest, compiler: string) {
  const outFile = builtModule(folder, manifest.name)
  yield* Effect.try({
    try: () => makeFolder(dirname(outFile), shared),
    catch: () => failure(`${dirname(outFile)} cannot be written.`)
  })
  const before = yield* hashIn(outFile)
  const { code, said } = yield* compile(compiler, folder, outFile)
  if (code !== 0) return yield* failure(`${manifest.name} does not compile.\n${printable(said).trim()}`)
  const found = yield* examine({ name: manifest.name, path: outFile, capabilities: manifest.capabilities ?? [] }).pipe(
    Effect.catchTag("StoreError", ({ message }) => Effect.fail(failure(message)))
  )
  return { found, unsigned: found.sha256 !== before && (yield* dropSignature(outFile)) }
})

export interface Build extends Target {
  readonly dir: string
  readonly watch: boolean
  readonly load: boolean
  readonly json: boolean
}

/** Builds once; with `load` the running gateway takes the module in, as the operator who just made it agrees. */
const once = Effect.fnUntraced(function* (input: Build, folder: string, compiler: string) {
  const io = yield* Io
  const manifest = yield* readManifest(folder)
  const { found, unsigned } = yield* compiled(folder, manifest, compiler)
  if (input.json) io.out(json(found))
  else {
    io.out(`${found.path}\n`)
    io.err(`${found.bytes} bytes, SHA-256 ${found.sha256}, needs ${found.needs.join(", ") || "nothing"}.\n`)
    if (unsigned)
      io.err(`Its signature was of the module before and is removed: \`exoclaw plugin sign\` makes another.\n`)
    const forgotten = found.needs.filter((form) => !isSpelled(form, manifest))
    if (forgotten.length > 0) {
      io.err(`plugin.toml: its capabilities do not name ${forgotten.join(", ")}, which the module asks for.\n`)
    }
  }
  if (input.load) yield* load({ ...input, name: manifest.name, consent: found.sha256, json: false })
})

/** How long after a change others may follow that belong to it. */
const settleMs = 100

/** Builds again whenever a source changes, until a signal ends it. */
const again = Effect.fnUntraced(function* (input: Build, folder: string, compiler: string) {
  const io = yield* Io
  const changed = yield* Queue.sliding<void>(1)
  const sources = dirname(join(folder, SOURCE))
  yield* Effect.acquireRelease(
    Effect.sync(() => watch(sources, { recursive: true }, () => void Queue.offerUnsafe(changed, undefined))),
    (watcher) => Effect.sync(() => watcher.close())
  )
  io.err(`Watching ${sources}; Ctrl-C ends it.\n`)
  const rebuild = Effect.gen(function* () {
    yield* Queue.take(changed)
    yield* Effect.sleep(settleMs)
    yield* Queue.clear(changed)
    // a mistake is told, and the next change may be its correction
    yield* once(input, folder, compiler).pipe(Effect.catch(({ message }) => Effect.sync(() => io.err(`${message}\n`))))
  })
  yield* Effect.raceFirst(Effect.forever(rebuild), io.untilSignal)
}, Effect.scoped)

export const build = Effect.fnUntraced(function* (input: Build) {
  const io = yield* Io
  const folder = io.surroundings.absolute(input.dir)
  yield* readManifest(folder)
  if (!existsSync(join(folder, SOURCE))) {
    return yield* failure(
      `${folder} has no ${SOURCE}: only AssemblyScript is compiled here. Build another language with its own tools, and try the module with \`exoclaw plugin test FILE\`.`
    )
  }
  const compiler = compilerOf(folder)
  if (compiler === undefined) {
    return yield* failure(
      `The compiler is not there: run \`npm install\` in ${folder} (its package.json names assemblyscript ${COMPILER}), then build again.`
    )
  }
  const first = once(input, folder, compiler)
  if (!input.watch) return yield* first
  yield* first.pipe(Effect.catch(({ message }) => Effect.sync(() => io.err(`${message}\n`))))
  yield* again(input, folder, compiler)
})
