/** A plugin of the repository, compiled from its source and loaded under the grants that are given. */
import { readFileSync } from "node:fs"
import * as path from "node:path"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { JsonObject } from "../../src/domain/Json.ts"
import { PluginName } from "../../src/domain/Ids.ts"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
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
