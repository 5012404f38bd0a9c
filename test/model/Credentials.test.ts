import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { endpointVariable, keyVariable, lookup, require } from "../../layers/model/Credentials.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "exoclaw-keys-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

const put = (path: string, text: string, mode = 0o600) => {
  writeFileSync(join(path, "anthropic.key"), text, { mode })
  chmodSync(join(path, "anthropic.key"), mode)
}

const key = (sources: Parameters<typeof lookup>[1], provider = "anthropic") =>
  Effect.map(lookup(provider, sources), (found) => (found === undefined ? undefined : Redacted.value(found)))

describe("an API key", () => {
  it.effect("comes from the environment, then the credentials folder, then the configuration", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const configured = Redacted.make("from-config")
      put(path, "from-file\n")
      const env = { ANTHROPIC_API_KEY: "from-env" }
      assert.strictEqual(yield* key({ env, folder: path, configured }), "from-env")
      assert.strictEqual(yield* key({ env: {}, folder: path, configured }), "from-file")
      assert.strictEqual(yield* key({ env: {}, folder: join(path, "none"), configured }), "from-config")
      assert.isUndefined(yield* key({ env: {}, folder: join(path, "none") }))
    })
  )

  it.effect("is absent where it is empty, at every source", () =>
    Effect.gen(function* () {
      const path = yield* folder
      put(path, " \n")
      assert.strictEqual(
        yield* key({ env: { ANTHROPIC_API_KEY: "" }, folder: path, configured: Redacted.make("c") }),
        "c"
      )
      assert.isUndefined(yield* key({ env: { ANTHROPIC_API_KEY: " " }, folder: path, configured: Redacted.make("") }))
    })
  )

  it.effect("that is missing says the next step in words", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const error = yield* Effect.flip(require("anthropic", { env: {}, folder: path }))
      assert.strictEqual(error.kind, "no_key")
      assert.isTrue(error.unused)
      assert.include(error.message, "run `exoclaw onboard` or set ANTHROPIC_API_KEY")
    })
  )

  it.effect("T30: that cannot be sent is refused without being shown", () =>
    Effect.gen(function* () {
      const path = yield* folder
      for (const bad of ["sk-secret\r\nx-evil: 1", "sk-sécret", "sk secret"]) {
        const error = yield* Effect.flip(key({ env: { ANTHROPIC_API_KEY: bad }, folder: path }))
        assert.notInclude(JSON.stringify(error) + error.message, "cret")
      }
    })
  )

  it.effect("of a provider with a path for a name is looked for in no file", () =>
    Effect.gen(function* () {
      const path = yield* folder
      put(path, "from-file")
      assert.isUndefined(yield* key({ env: {}, folder: join(path, "x") }, "../anthropic"))
    })
  )

  it("has its variables named after the provider", () => {
    assert.strictEqual(keyVariable("my-server.x"), "MY_SERVER_X_API_KEY")
    assert.strictEqual(endpointVariable("openai"), "EXOCLAW_OPENAI_ENDPOINT")
  })
})
