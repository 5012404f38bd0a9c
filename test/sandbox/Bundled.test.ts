import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { afterAll, assert, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { PluginName } from "../../src/domain/Ids.ts"
import { configured } from "../../layers/sandbox/Bundled.ts"

const folder = mkdtempSync(path.join(tmpdir(), "exoclaw-bundled-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
for (const file of ["calculator.wasm", "calculator.toml", "clock.wasm"]) writeFileSync(path.join(folder, file), "")

const entry = (file: string) => ({ name: PluginName.make("mine"), path: file, capabilities: ["clock"] })
const resolved = (file: string, from = folder) => configured(entry(file), (one) => `/config/${one}`, from)

it("builtin:NAME is a module that comes with exoclaw, under the grants of the configuration", () => {
  assert.deepStrictEqual(
    resolved("builtin:clock"),
    Result.succeed({ ...entry(path.join(folder, "clock.wasm")), bundled: true })
  )
})

it("any other path is a file of the user's", () => {
  for (const file of ["clock.wasm", "builtin/clock.wasm", "./builtin:clock"]) {
    assert.deepStrictEqual(resolved(file), Result.succeed(entry(`/config/${file}`)))
  }
})

it("a name that no module has is refused with the nearest and all there are", () => {
  const refused = resolved("builtin:calculater")
  assert(Result.isFailure(refused))
  assert.strictEqual(
    refused.failure.message,
    'Plugin "mine": no plugin builtin:calculater comes with exoclaw; did you mean builtin:calculator? There is builtin:calculator, builtin:clock.'
  )
  for (const file of ["builtin:", "builtin:../clock", "builtin:/etc/passwd", "builtin:calculator.toml"]) {
    assert.isTrue(Result.isFailure(resolved(file)), file)
  }
})

it("without a build there is nothing, and the refusal says what to run", () => {
  const refused = resolved("builtin:clock", path.join(folder, "nowhere"))
  assert(Result.isFailure(refused))
  assert.include(refused.failure.message, "npm run build")
})
