/**
 * Plugins that nobody here wrote, run unmodified. One comes with npm, as its source: the example of Extism's kit for
 * AssemblyScript. The others are test data of the Extism project, compiled from Rust, C, Go and Haskell with its kits.
 * These are not part of this repository (BSD-3-Clause, github.com/extism/js-sdk, folder wasm/ at commit
 * bec25c60d0ad32ce06d3934563fd8560f486f323): EXOCLAW_STOCK_PLUGINS names a folder that has them, and without it their
 * tests are shown as skipped.
 */
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { PluginName } from "../../src/domain/Ids.ts"
import { Egress } from "../../src/egress/Egress.ts"
import { granted, open } from "../../src/sandbox/HostFunction.ts"
import * as MemoryAudit from "../../layers/audit/MemoryAudit.ts"
import * as NodeEgress from "../../layers/egress/NodeEgress.ts"
import * as NodeResolver from "../../layers/egress/NodeResolver.ts"
import { http } from "../../layers/sandbox/host/Http.ts"
import * as SlotPool from "../../layers/sandbox/SlotPool.ts"
import { trial } from "../../layers/sandbox/Trial.ts"
import { serve } from "../egress/server.ts"
import { root } from "../support/repository.ts"
import { as, context } from "./support.ts"

const folder = process.env["EXOCLAW_STOCK_PLUGINS"]

/** SHA-256 of each file. */
const files = {
  code: "334fdcb5f52df617629c494a715a71f90dde5dc60f349f8bab2dcd8747ace73b",
  "code-functions": "f995c114eaf7c785dc75adf6a5e757b6c377f6fee96bcafb2f0d7569a72c5e29",
  config: "1b9431006e9ce1032fcccf9ca56696c4fee38229439e9a15e540bd5eeddea8bb",
  var: "2fe4f4ee4f6594bc78f3112e23498505420c561838feacd69864bbdf88470af1",
  log: "4d40888428bcf5a77c7a96842ff61a24e299d192e7a7d4c7f76d84a96f93516a",
  exit: "bd8b401fd42572fa2de8981e90b03d3e54113eec344b0d28b8216af76cc38cef",
  fail: "8e95c4762db18bc8d2c9b6c8e28586ee274e7253b5c5bc300b8a7cfc34de31e4",
  fs: "9e6c4c41046232a17a617047896bc3b51f57d75efef2bc643cecf03523f27a14",
  memory: "b9503e65da83e782d43419dbb8f67be21020a7cec4c295b5b9b44e9c47da36ac",
  hello_haskell: "4922e3feec6c652fec9cb8969f49e28e05485f45b3e961eaf26660aa49fe8bd1",
  http: "92ab1383203c4120de79d6bdc79ad8348a6bdddd2b9903c2f12e15f01c385b46",
  http_headers: "682aecd1b907d47bf0aa11c2aac2c2d5b95a498706a29cd3d496eeb3ac9b9078"
} as const

const environment = Layer.merge(
  SlotPool.layer({ min: 1, max: 1, spare: 0, memoryMiB: 400 }, 30_000),
  NodeEgress.layer.pipe(Layer.provide([NodeResolver.layerTest({}), MemoryAudit.layerMemory]))
)

interface Stock {
  readonly name: string
  readonly path: string
  readonly sha256?: string
}
const stock = (name: keyof typeof files): Stock => ({
  name,
  path: path.join(folder ?? "", `${name}.wasm`),
  sha256: files[name]
})

const run = (
  plugin: keyof typeof files | Stock,
  entry: string,
  input: string,
  grants: ReadonlyArray<string> = [],
  config: Readonly<Record<string, string>> = {}
) =>
  Effect.gen(function* () {
    const lines: Array<unknown> = []
    const nothing = { argument: Schema.Unknown, run: () => Effect.succeed(null) }
    const { name, ...file } = typeof plugin === "string" ? stock(plugin) : plugin
    const result = yield* Effect.result(
      trial(yield* SlotPool.SlotPool, {
        entry: { name: PluginName.make(name), ...file, capabilities: grants, config },
        export: entry,
        input,
        functions: [
          open({
            name: "log",
            argument: Schema.Unknown,
            run: (line) =>
              Effect.as(
                Effect.sync(() => lines.push(line)),
                null
              )
          }),
          open({ name: "hello_world", ...nothing }),
          granted({ name: "now", capability: "clock", ...nothing }),
          http(yield* Egress)
        ],
        deadlineMs: 30_000,
        context
      })
    )
    return { result, lines }
  }).pipe(as("local"), Effect.provide(environment))

const says = Effect.fnUntraced(function* (...call: Parameters<typeof run>) {
  const { result } = yield* run(...call)
  assert(result._tag === "Success", result._tag === "Failure" ? result.failure.message : "")
  return result.success
})
const refusal = Effect.fnUntraced(function* (...call: Parameters<typeof run>) {
  const { result } = yield* run(...call)
  assert(result._tag === "Failure")
  return result.failure
})

/** Compiles the example of the kit as its own Makefile does, and `more`. */
const compileExample = (...more: ReadonlyArray<string>): Stock => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), "exoclaw-stock-")), "example.wasm")
  const compiler = path.join(root, "node_modules", "assemblyscript", "bin", "asc.js")
  const { status, stderr } = spawnSync(
    process.execPath,
    [compiler, "example.ts", "--outFile", file, "--use", "abort=example/myAbort", ...more],
    { cwd: path.join(root, "node_modules", "@extism", "as-pdk"), encoding: "utf8" }
  )
  assert.strictEqual(status, 0, stderr)
  return { name: "example", path: file }
}

describe("the example of Extism's kit for AssemblyScript, from npm", () => {
  it.live(
    "counts vowels, with a variable and configuration",
    () =>
      Effect.gen(function* () {
        const example = compileExample("--exportStart", "_initialize")
        const { output } = yield* says(example, "count_vowels", "this is a test", [], { thing: "1" })
        assert.deepStrictEqual(JSON.parse(output), { count: 4, config: "1", a: "this is var a" })
        const other = yield* says(example, "count_vowels", "AEIOU xyz")
        assert.deepStrictEqual(JSON.parse(other.output), { count: 5, config: "null", a: "this is var a" })
      }),
    60_000
  )

  it.live(
    "T20: compiled so that it runs before it is called, it is refused with what to do instead",
    () =>
      Effect.gen(function* () {
        const failure = yield* refusal(compileExample(), "count_vowels", "")
        assert.strictEqual(failure._tag, "PluginRefused")
        assert.match(failure.message, /start section, .*: it runs code before it is called; allowed: .*_initialize/)
      }),
    60_000
  )
})

describe.skipIf(folder === undefined)("plugins of stock PDKs, unmodified", () => {
  it("the files are those of the project", () => {
    for (const [name, sha256] of Object.entries(files)) {
      const file = path.join(folder ?? "", `${name}.wasm`)
      assert.isTrue(existsSync(file), file)
      assert.strictEqual(createHash("sha256").update(readFileSync(file)).digest("hex"), sha256, name)
    }
  })

  it.live("Rust: counts vowels, with variables and configuration, fresh in each call", () =>
    Effect.gen(function* () {
      for (let call = 0; call < 2; call++) {
        const { output } = yield* says("code", "count_vowels", "this is a test", [], { thing: "x" })
        assert.deepStrictEqual(JSON.parse(output), { count: 4, total: 4, vowels: "aeiouAEIOU" })
      }
    })
  )

  it.live("C with WASI: calls a function of the embedding program", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* says("code-functions", "count_vowels", "test")).hostCalls, ["hello_world"])
    })
  )

  it.live("Go with WASI: configuration, variables and every level of the log", () =>
    Effect.gen(function* () {
      const { output } = yield* says("config", "run_test", "", [], { thing: "world" })
      assert.strictEqual(output, '{"config": "world"}')
      assert.strictEqual((yield* says("var", "run_test", "")).output, "a: 0")
      const { lines, result } = yield* run("log", "run_test", "")
      assert.deepStrictEqual(
        lines.map((line) => (line as { readonly level: string }).level),
        ["trace", "debug", "info", "warn", "error"]
      )
      // it puts out nothing, which no call may
      assert(result._tag === "Failure" && result.failure._tag === "CallFailed")
      assert.strictEqual(result.failure.kind, "bad_output")
    })
  )

  it.live("Haskell with WASI: needs a clock, and says so", () =>
    Effect.gen(function* () {
      const config = { greeting: "Howdy" }
      const { output } = yield* says("hello_haskell", "testing", "you", ["clock"], config)
      assert.strictEqual(output, "Howdy, you")
      assert.include((yield* refusal("hello_haskell", "testing", "you", [], config)).message, "asked for clock")
    })
  )

  it.live("T20: no file, no exit and no memory beyond the quota", () =>
    Effect.gen(function* () {
      const { lines } = yield* run("fs", "run_test", "")
      assert.match(JSON.stringify(lines), /open \/mnt\/test.txt: errno/)
      assert.match((yield* refusal("exit", "_start", "", [], { code: "3" })).message, /ended itself with code 3/)
      assert.match((yield* refusal("fail", "run_test", "")).message, /Some error message/)
      const greedy = yield* refusal("memory", "alloc_var", '{"bytes":2000000}')
      assert.match(greedy.message, /more than 1048576 bytes in variables/)
    })
  )

  it.live("Rust: fetches under its grant, with status and headers, and nothing beyond it", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const server = yield* serve((_, response) => response.setHeader("x-served-by", "test").end('{"id":1}'))
        const input = JSON.stringify({ url: `http://127.0.0.1:${server.port}/todos/1` })
        const grant = `http:127.0.0.1:${server.port}/todos`
        const { hostCalls, output } = yield* says("http", "http_get", input, [grant])
        assert.deepStrictEqual(hostCalls, ["http_request"])
        assert.include(output, '"id":1')
        const headers = yield* says("http_headers", "http_get", input, [grant])
        assert.strictEqual(JSON.parse(headers.output)["x-served-by"], "test")
        const denied = yield* refusal("http", "http_get", input, ["http:example.com"])
        assert(denied._tag === "CallFailed" && denied.kind === "denied")
        assert.strictEqual(server.seen.length, 2)
      })
    )
  )

  it.live("T19: HTTP without its grant is refused at the load, by name", () =>
    Effect.gen(function* () {
      const failure = yield* refusal("http", "http_get", "")
      assert.strictEqual(failure._tag, "PluginRefused")
      assert.match(failure.message, /http_request is not granted: it needs "http:HOST/)
    })
  )
})
