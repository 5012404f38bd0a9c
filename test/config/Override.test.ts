import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { otherVariables } from "../../layers/config/ConfigFile.ts"
import { fromEnvironment, fromFlags, settables } from "../../src/config/Override.ts"
import { get, set } from "../../src/config/RawTable.ts"
import * as Section from "../../src/config/Section.ts"
import { text } from "../../src/config/Values.ts"
import { SettingsFile } from "../../src/settings/SettingsFile.ts"

const read = (variables: Record<string, string>) =>
  fromEnvironment(SettingsFile, new Map(Object.entries(variables)), otherVariables)

const valueOf = (variable: string, value: string) => read({ [variable]: value }).overrides[0]?.value

describe("fromEnvironment", () => {
  it("reads numbers, booleans, texts and lists by what the key takes", () => {
    assert.strictEqual(valueOf("EXOCLAW_GATEWAY_PORT", "8080"), 8080)
    assert.strictEqual(valueOf("EXOCLAW_CASIL_ENABLED", "false"), false)
    assert.strictEqual(valueOf("EXOCLAW_BUDGETS_DAILY", "unlimited"), "unlimited")
    assert.strictEqual(valueOf("EXOCLAW_BUDGETS_USD_DAILY", "2.5"), 2.5)
    assert.strictEqual(valueOf("EXOCLAW_AGENT_ID", "42"), "42")
    assert.deepStrictEqual(valueOf("EXOCLAW_AGENT_TOOLS", "echo, notes"), ["echo", "notes"])
  })

  it("counts an empty value as absent, even of an unknown variable", () => {
    assert.deepStrictEqual(read({ EXOCLAW_GATEWAY_PORT: "", EXOCLAW_NONSENSE: "" }), { overrides: [], reasons: [] })
  })

  it("leaves the variables of others alone, and those it knows to be no key", () => {
    const foreign = Object.fromEntries([["PATH", "/bin"], ...otherVariables.map((name) => [name, "x"])])
    assert.deepStrictEqual(read(foreign), { overrides: [], reasons: [] })
  })

  it("refuses a misspelt variable and names the nearest one", () => {
    const { overrides, reasons } = read({ EXOCLAW_BUDGETS_DIALY: "5" })
    assert.deepStrictEqual(overrides, [])
    assert.strictEqual(
      reasons[0]?.message,
      "EXOCLAW_BUDGETS_DIALY: unknown environment variable; did you mean EXOCLAW_BUDGETS_DAILY?"
    )
  })

  it("refuses a value the key does not take, and never shows a secret one", () => {
    const [port, secret] = read({ EXOCLAW_GATEWAY_PORT: "80a", EXOCLAW_AGENT_API_KEY: "sk-line\nbreak" }).reasons
    assert.strictEqual(
      port?.message,
      'EXOCLAW_GATEWAY_PORT: "gateway.port" must be an integer from 0 to 65535; it is "80a".'
    )
    assert.strictEqual(secret?.message, 'EXOCLAW_AGENT_API_KEY: "agent.api_key" must be a text without line breaks.')
  })

  it("has one variable per key", () => {
    const variables = [...settables(SettingsFile).map(({ variable }) => variable), ...otherVariables]
    assert.strictEqual(new Set(variables).size, variables.length)
  })
})

describe("fromFlags", () => {
  it("takes typed values and texts", () => {
    const { overrides } = fromFlags(SettingsFile, [
      { key: "gateway.port", flag: "--port", value: 1 },
      { key: "gateway.bind", flag: "--bind", value: "::1" }
    ])
    assert.deepStrictEqual(
      overrides.map(({ path, source, value }) => [path.join("."), value, source]),
      [
        ["gateway.port", 1, { _tag: "Flag", flag: "--port" }],
        ["gateway.bind", "::1", { _tag: "Flag", flag: "--bind" }]
      ]
    )
  })

  it("refuses a key that no flag can set", () => {
    const { reasons } = fromFlags(SettingsFile, [{ key: "plugins", flag: "--plugins", value: "x" }])
    assert.strictEqual(reasons[0]?.message, '--plugins: the key "plugins" cannot be set by a flag.')
  })
})

describe("RawTable", () => {
  it("treats names such as __proto__ as names", () => {
    const table = set({}, ["__proto__", "polluted"], true)
    assert.isUndefined(Reflect.get({}, "polluted"))
    assert.strictEqual(get(table, ["__proto__", "polluted"]), true)
    assert.isUndefined(get({}, ["constructor"]))
  })

  it("sets nothing through a value that is no table", () => {
    assert.deepEqual(get(set({ gateway: 5 }, ["gateway", "port"], 1), ["gateway"]), 5)
  })
})

describe("Section", () => {
  it("decodes by itself, defaults included, without the rest of the mechanism", () => {
    const section = Schema.Struct({
      name: Section.key(text(10), { doc: "A name.", allowed: "a text", default: "x" }),
      below: Section.table(
        Schema.Struct({ note: Section.optional(text(10), { doc: "A note.", allowed: "a text", example: "n" }) }),
        "More."
      )
    })
    assert.deepStrictEqual(Schema.decodeSync(section)({}), { name: "x", below: {} })
    assert.deepStrictEqual(
      Section.entries(section).map(([name, entry]) => [name, entry.kind, entry.doc]),
      [
        ["name", "leaf", "A name."],
        ["below", "table", "More."]
      ]
    )
  })
})
