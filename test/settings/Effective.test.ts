import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { layerTest } from "../../layers/config/ConfigFile.ts"
import { parseToml } from "../../layers/config/TomlFile.ts"
import { effectiveJson, renderEffective, toml } from "../../src/settings/Effective.ts"
import { Settings } from "../../src/settings/Settings.ts"
import { jsonSchema } from "../../src/settings/SettingsSchema.ts"

const secrets = ["sk-in-the-file", "a-token-of-mine", "vendor-key"]
const layer = layerTest(
  {
    agent: { api_key: "sk-in-the-file", tools: ["echo"] },
    plugins: [{ name: "echo", path: "echo.wasm", config: { greeting: 'say "hi"' } }]
  },
  {
    stateDir: "/state",
    configFile: "/etc/exoclaw.toml",
    environment: {
      token: Redacted.make("a-token-of-mine"),
      apiKeys: { openai: Redacted.make("vendor-key") },
      endpoints: {}
    }
  }
)

describe("renderEffective", () => {
  it.effect("shows every value with its source, and where the state lies", () =>
    Effect.gen(function* () {
      const text = renderEffective(yield* Settings, "/home/.config/exoclaw")
      assert.match(text, /^gateway\.port = 7200 +# default$/m)
      assert.match(text, /^gateway\.operator_port = 7201 +# default$/m)
      assert.match(text, /^agent\.tools = \["echo"\] +# /m)
      assert.match(text, /^plugins\[0\]\.config = \{ greeting = "say \\"hi\\"" \} +# /m)
      assert.include(text, "# configuration: /etc/exoclaw.toml")
      assert.include(text, "/state/exoclaw.db: sessions")
      assert.include(text, "/home/.config/exoclaw/secret.key: the key of the secrets")
      assert.include(text, "/home/.config/exoclaw/audit.key: ")
      assert.include(text, "# credentials from the environment or a flag: EXOCLAW_TOKEN, OPENAI_API_KEY")
    }).pipe(Effect.provide(layer))
  )

  it.effect("shows no secret, as text or as JSON", () =>
    Effect.gen(function* () {
      const settings = yield* Settings
      const json = JSON.stringify(effectiveJson(settings, "/keys"))
      assert.match(renderEffective(settings, "/keys"), /^agent\.api_key = \(hidden\) /m)
      for (const secret of secrets) {
        assert.notInclude(renderEffective(settings, "/keys"), secret)
        assert.notInclude(json, secret)
      }
    }).pipe(Effect.provide(layer))
  )

  it.effect("gives a script the same as JSON", () =>
    Effect.gen(function* () {
      const printed = effectiveJson(yield* Settings, "/home/.config/exoclaw")
      assert.deepInclude(printed.values, { key: "budgets.daily", value: 2_000_000, source: "default" })
      assert.strictEqual(printed.configFile, null)
      assert.deepStrictEqual(printed.credentials, [])
    }).pipe(Effect.provide(layerTest()))
  )

  it.effect("writes values that a TOML parser reads back", () =>
    Effect.gen(function* () {
      const value = { "a b": ["x", 1, true, { c: '"\\\n\t' }], d: {}, e: [] }
      const { table } = yield* Effect.fromResult(parseToml(`v = ${toml(value)}`, "x"))
      assert.deepEqual(JSON.parse(JSON.stringify(table)), { v: value })
    })
  )
})

describe("jsonSchema", () => {
  interface Node {
    readonly properties?: Readonly<Record<string, Node>>
    readonly items?: Node
    readonly additionalProperties?: boolean | Node
    readonly description?: string
    readonly default?: unknown
    readonly required?: ReadonlyArray<string>
    readonly [keyword: string]: unknown
  }
  const schema = jsonSchema() as Node

  it("is a draft 2020-12 schema that refuses unknown keys everywhere", () => {
    assert.strictEqual(schema["$schema"], "https://json-schema.org/draft/2020-12/schema")
    const visit = (node: Node): void => {
      if (node.properties !== undefined) assert.strictEqual(node.additionalProperties, false)
      for (const child of Object.values(node.properties ?? {})) {
        assert.isString(child.description)
        visit(child)
      }
      if (node.items !== undefined) visit(node.items)
      if (typeof node.additionalProperties === "object") visit(node.additionalProperties)
    }
    // The two tables of a plugin's own making (capabilities, config) are leaves and not visited as sections.
    const { plugins, ...others } = schema.properties ?? {}
    visit({ properties: others, additionalProperties: false })
    assert.deepStrictEqual(plugins?.items?.required, ["name", "path"])
  })

  it("has the defaults, ranges and choices of the keys", () => {
    const port = schema.properties?.["gateway"]?.properties?.["port"]
    assert.deepInclude(port, { type: "integer", minimum: 0, maximum: 65535, default: 7200 })
    assert.deepInclude(schema.properties?.["casil"]?.properties?.["mode"], { enum: ["enforce", "monitor"] })
    assert.strictEqual(schema.properties?.["prices"]?.type, "object")
  })

  it("stands on its own: no reference leads out of it", () => {
    assert.notInclude(JSON.stringify(schema), "$ref")
  })
})
