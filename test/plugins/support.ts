/** A plugin of the repository, compiled from its source and loaded under the grants that are given. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { JsonObject } from "../../src/domain/Json.ts"
import { PluginName } from "../../src/domain/Ids.ts"
import type { HostFunction } from "../../src/sandbox/HostFunction.ts"
import { KERNEL_NAMESPACE } from "../../src/sandbox/Kernel.ts"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
import { splitBody, withBody } from "../../layers/sandbox/Frame.ts"
import type { PluginEntry } from "../../layers/sandbox/PluginFile.ts"
import type { SandboxConfig } from "../../layers/sandbox/Sandbox.ts"
import { root } from "../support/repository.ts"
import { as, compiled, context, inspected, sandbox } from "../sandbox/support.ts"

/** Long enough for a machine that does something else. */
export const patience = { timeout: 120_000 }

/** A sandbox that has loaded `plugins/NAME`. */
export const withPlugin = (name: string, entry: Partial<PluginEntry> = {}, config: Partial<SandboxConfig> = {}) =>
  Layer.unwrap(
    Effect.map(
      Effect.promise(() => compiled),
      (folder) =>
        sandbox({
          plugins: [
            { name: PluginName.make(name), path: path.join(folder, `${name}.wasm`), capabilities: [], ...entry }
          ],
          deadlineMs: 30_000,
          ...config
        })
    )
  )

/** What a tool says. */
export const call = (tool: string, input: JsonObject) =>
  Effect.flatMap(Sandbox, ({ callTool }) => callTool(tool, inspected(input), context)).pipe(as("local"))

/** The content of an answer that is none of an error. */
export const answer = (tool: string, input: JsonObject) =>
  Effect.map(call(tool, input), ({ content, isError }) => {
    assert.isFalse(isError, content)
    return content
  })

/** The content of an error. */
export const refusal = (tool: string, input: JsonObject) =>
  Effect.map(call(tool, input), ({ content, isError }) => {
    assert.isTrue(isError, content)
    return content
  })

/** That `plugin.toml` says of the loaded plugin what it says of itself, and what it imports needs. */
export const agreesWithManifest = Effect.map(Sandbox, ({ plugins }) => {
  for (const plugin of plugins) {
    const manifest = readFileSync(path.join(root, "plugins", plugin.name, "plugin.toml"), "utf8")
    assert.include(manifest, `name = "${plugin.name}"`)
    assert.include(manifest, 'format = "extism"')
    const declared = [...manifest.matchAll(/\[tools\.(\w+)\]\nidempotent = (true|false)/g)].map(([, name, flag]) => [
      name,
      flag
    ])
    assert.deepStrictEqual(
      declared,
      plugin.tools.map((tool) => [tool.name, String(tool.idempotent)])
    )
  }
})

/** Compiles a plugin of the tests, `test/plugins/fixtures/NAME/assembly/index.ts`, and gives its file. */
export const compileFixture = (name: string): string => {
  const folder = mkdtempSync(path.join(tmpdir(), "exoclaw-fixture-"))
  const file = path.join(folder, `${name}.wasm`)
  const compiler = path.join(root, "node_modules", "assemblyscript", "bin", "asc.js")
  const source = path.join("test", "plugins", "fixtures", name, "assembly", "index.ts")
  const flags = ["-O3", "--noAssert", "--runtime", "stub", "--exportStart", "_initialize", "--maximumMemory", "256"]
  const abort = ["--use", "abort=plugins/pdk/kernel/onAbort"]
  const { status, stderr } = spawnSync(
    process.execPath,
    [compiler, source, "--baseDir", root, "--outFile", file, ...flags, ...abort],
    { cwd: root, encoding: "utf8" }
  )
  assert.strictEqual(status, 0, stderr)
  return file
}

export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}
export interface Answered {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** `http_request` as the host serves it, with this function in the place of the network. */
export const http = (answerTo: (request: Asked) => Answered): HostFunction => ({
  namespace: KERNEL_NAMESPACE,
  name: "http_request",
  params: ["i64", "i64"],
  results: ["i64"],
  capability: "http",
  call: (argument) =>
    Effect.sync(() => {
      const { body: sent, json } = splitBody(argument)!
      const {
        body = "",
        headers = {},
        status = 200
      } = answerTo({
        ...JSON.parse(decoder.decode(json)),
        body: decoder.decode(sent)
      })
      return withBody(
        encoder.encode(JSON.stringify({ status, headers })),
        typeof body === "string" ? encoder.encode(body) : body
      )
    })
})
