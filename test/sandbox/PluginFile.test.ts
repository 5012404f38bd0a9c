import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { afterAll, assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { PluginName } from "../../src/domain/Ids.ts"
import { describedByBuild, descriptionPath, load, type PluginEntry, sha256Of } from "../../layers/sandbox/PluginFile.ts"
import { wellBehaved } from "../hostile/modules.ts"

const folder = mkdtempSync(path.join(tmpdir(), "exoclaw-plugin-file-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
/** A plugin beside which the build wrote this text. */
const described = (written: string | undefined, bundled = true): PluginEntry => {
  const entry = {
    name: PluginName.make("plugin"),
    path: path.join(folder, `${++files}.wasm`),
    capabilities: [],
    bundled
  }
  writeFileSync(entry.path, wellBehaved)
  if (written !== undefined) writeFileSync(descriptionPath(entry), written)
  return entry
}
const read = (entry: PluginEntry) => Effect.flatMap(load(entry, []), describedByBuild)
const right = JSON.stringify({ sha256: sha256Of(wellBehaved), output: "what it says" })

it.effect("what the build wrote about a bundled plugin's very bytes is taken", () =>
  Effect.gen(function* () {
    assert.strictEqual(yield* read(described(right)), "what it says")
  })
)

it.effect("T18: what was written about other bytes, is not readable, or is missing is not taken", () =>
  Effect.gen(function* () {
    const other = JSON.stringify({ sha256: sha256Of(new Uint8Array(8)), output: "what another says" })
    for (const written of [other, "", "null", "{}", '{"sha256"', undefined]) {
      assert.strictEqual(yield* read(described(written)), undefined)
    }
  })
)

it.effect("T18: a file beside a plugin that does not come with exoclaw is not read", () =>
  Effect.gen(function* () {
    assert.strictEqual(yield* read(described(right, false)), undefined)
  })
)
