import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { join } from "node:path"
import { type Flags, layer, layerTest, load } from "../../layers/config/ConfigFile.ts"
import { processSurroundings, type Surroundings } from "../../layers/config/Surroundings.ts"
import { fileLimit } from "../../layers/config/TomlFile.ts"
import { Micros, Tokens } from "../../src/domain/Amount.ts"
import { Settings } from "../../src/settings/Settings.ts"

/** A home folder of its own with the given files, and a loader that sees nothing else. */
const home = Effect.fnUntraced(function* (files: Record<string, string | Uint8Array> = {}) {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped({ prefix: "exoclaw-config-" })
  for (const [name, content] of Object.entries(files)) {
    yield* fs.makeDirectory(join(folder, name, ".."), { recursive: true })
    yield* typeof content === "string"
      ? fs.writeFileString(join(folder, name), content)
      : fs.writeFile(join(folder, name), content)
  }
  const real = yield* processSurroundings
  return {
    folder,
    load: (variables: Record<string, string> = {}, flags: Flags = {}, other: Partial<Surroundings> = {}) =>
      load(flags, { ...real, home: folder, variables: new Map(Object.entries(variables)), ...other })
  }
})

const test = (name: string, body: Effect.Effect<void, unknown, FileSystem.FileSystem | Scope.Scope>) =>
  it.effect(name, () => Effect.provide(body, NodeFileSystem.layer))

const standard = ".exoclaw/config.toml"

describe("where the configuration is found", () => {
  test(
    "without a file everything has its default and the state lies in ~/.exoclaw",
    Effect.gen(function* () {
      const { folder, load } = yield* home()
      const settings = yield* load()
      assert.strictEqual(settings.configFile, undefined)
      assert.strictEqual(settings.stateDir, join(folder, ".exoclaw"))
      assert.strictEqual(settings.values.gateway.port, 7200)
      assert.strictEqual(settings.values.budgets.daily, Tokens.make(2_000_000))
    })
  )

  test(
    "~/.exoclaw/config.toml is read by itself",
    Effect.gen(function* () {
      const { folder, load } = yield* home({ [standard]: "[gateway]\nport = 1" })
      const settings = yield* load()
      assert.strictEqual(settings.values.gateway.port, 1)
      assert.strictEqual(settings.configFile, join(folder, standard))
      assert.deepStrictEqual(settings.sources.get("gateway.port"), {
        _tag: "File",
        file: join(folder, standard),
        line: 2,
        column: 1
      })
    })
  )

  test(
    "EXOCLAW_CONFIG comes before it, and --config before both; the state lies beside the file that is read",
    Effect.gen(function* () {
      const { folder, load } = yield* home({
        [standard]: "[gateway]\nport = 1",
        "two/c.toml": "[gateway]\nport = 2",
        "three/c.toml": "[gateway]\nport = 3"
      })
      const byVariable = yield* load({ EXOCLAW_CONFIG: join(folder, "two/c.toml") })
      assert.strictEqual(byVariable.values.gateway.port, 2)
      assert.strictEqual(byVariable.stateDir, join(folder, "two"))
      const byFlag = yield* load(
        { EXOCLAW_CONFIG: join(folder, "two/c.toml") },
        { config: join(folder, "three/c.toml") }
      )
      assert.strictEqual(byFlag.values.gateway.port, 3)
      assert.strictEqual(byFlag.stateDir, join(folder, "three"))
    })
  )

  test(
    "a file in the folder of the state comes before the one of the home folder, and a named one before both",
    Effect.gen(function* () {
      const { folder, load } = yield* home({
        [standard]: "[gateway]\nport = 1",
        "state/config.toml": "[gateway]\nport = 2",
        "named.toml": "[gateway]\nport = 3"
      })
      const state = join(folder, "state")
      const byState = yield* load({ EXOCLAW_STATE: state })
      assert.strictEqual(byState.configFile, join(state, "config.toml"))
      assert.strictEqual(byState.values.gateway.port, 2)
      assert.strictEqual((yield* load({}, { state })).values.gateway.port, 2)
      assert.strictEqual((yield* load({ EXOCLAW_STATE: join(folder, "empty") })).values.gateway.port, 1)
      const named = yield* load({ EXOCLAW_STATE: state, EXOCLAW_CONFIG: join(folder, "named.toml") })
      assert.strictEqual(named.values.gateway.port, 3)
      assert.strictEqual(named.stateDir, state)
    })
  )

  test(
    "EXOCLAW_STATE moves the state, --state comes before it, and both become absolute",
    Effect.gen(function* () {
      const { folder, load } = yield* home({ [standard]: "" })
      const absolute = (path: string) => join(folder, "working", path)
      assert.strictEqual(
        (yield* load({ EXOCLAW_STATE: "s" }, {}, { absolute, read: () => Effect.succeed(new Uint8Array()) })).stateDir,
        join(folder, "working/s")
      )
      assert.strictEqual((yield* load({ EXOCLAW_STATE: "/s" }, { state: "/t" })).stateDir, "/t")
    })
  )

  test(
    "a file that was named and is not there is an error that says who named it",
    Effect.gen(function* () {
      const { folder, load } = yield* home()
      const missing = join(folder, "missing.toml")
      const byFlag = yield* Effect.flip(load({}, { config: missing }))
      assert.strictEqual(
        byFlag.message,
        `${missing}: the configuration file cannot be read: there is no such file. It was named by --config; correct that, or create the file.`
      )
      const byVariable = yield* Effect.flip(load({ EXOCLAW_CONFIG: missing }))
      assert.include(byVariable.message, "named by EXOCLAW_CONFIG")
      assert.strictEqual(byVariable.reasons[0]._tag, "unreadable")
    })
  )
})

describe("flag before environment before file before default", () => {
  test(
    "each comes before those after it, and each value tells its source",
    Effect.gen(function* () {
      const { load } = yield* home({ [standard]: '[gateway]\nport = 1\nbind = "::1"\n[casil]\nmode = "monitor"' })
      const settings = yield* load(
        { EXOCLAW_GATEWAY_PORT: "2", EXOCLAW_GATEWAY_BIND: "10.0.0.1" },
        { values: [{ key: "gateway.port", flag: "--port", value: 3 }] }
      )
      assert.strictEqual(settings.values.gateway.port, 3)
      assert.strictEqual(settings.values.gateway.operator_port, 4)
      assert.strictEqual(settings.values.gateway.bind, "10.0.0.1")
      assert.strictEqual(settings.values.casil.mode, "monitor")
      assert.strictEqual(settings.values.casil.enabled, true)
      const tags = ["gateway.port", "gateway.bind", "casil.mode", "casil.enabled", "gateway.operator_port"].map(
        (key) => settings.sources.get(key)?._tag
      )
      assert.deepStrictEqual(tags, ["Flag", "Environment", "File", "Default", "Default"])
    })
  )

  test(
    "credentials of the environment are redacted, and an empty one is absent",
    Effect.gen(function* () {
      const { load } = yield* home()
      const { environment } = yield* load({
        EXOCLAW_TOKEN: "t-1",
        OPENAI_API_KEY: "k-1",
        EXOCLAW_OPENAI_ENDPOINT: "http://x"
      })
      assert.strictEqual(environment.token && Redacted.value(environment.token), "t-1")
      assert.strictEqual(environment.apiKeys.openai && Redacted.value(environment.apiKeys.openai), "k-1")
      assert.strictEqual(environment.apiKeys.anthropic, undefined)
      assert.strictEqual(environment.endpoints.openai, "http://x")
      assert.notInclude(JSON.stringify(environment), "t-1")
      const flag = yield* load({ EXOCLAW_TOKEN: "t-1" }, { token: Redacted.make("t-2") })
      assert.strictEqual(flag.environment.token && Redacted.value(flag.environment.token), "t-2")
    })
  )

  test(
    "mistakes of the file, the environment and the flags are told together",
    Effect.gen(function* () {
      const { load } = yield* home({ [standard]: "[gateway]\nprot = 1\n[budget]\ndaily = 5" })
      const error = yield* Effect.flip(
        load({ EXOCLAW_CASIL_MODE: "off" }, { values: [{ key: "gateway.port", flag: "--port", value: 99_999 }] })
      )
      assert.deepStrictEqual(
        error.reasons.map(({ source, _tag }) => [_tag, source._tag === "File" ? source.line : source._tag]),
        [
          ["unknownKey", 2],
          ["unknownKey", 3],
          ["invalidValue", "Environment"],
          ["invalidValue", "Flag"]
        ]
      )
    })
  )

  test(
    "a variable for [agent] and a file with [[agents]] is a conflict that names the variable",
    Effect.gen(function* () {
      const { load } = yield* home({ [standard]: '[[agents]]\nid = "a"' })
      const error = yield* Effect.flip(load({ EXOCLAW_AGENT_MODEL: "x" }))
      assert.strictEqual(error.reasons.length, 1)
      assert.match(error.message, /^EXOCLAW_AGENT_MODEL: \[agent\] and \[\[agents\]\] cannot both be used/)
    })
  )
})

describe("files that cannot be used", () => {
  const refused = (name: string, content: string | Uint8Array, expected: RegExp) =>
    test(
      name,
      Effect.gen(function* () {
        const { load } = yield* home({ [standard]: content })
        assert.match((yield* Effect.flip(load())).message, expected)
      })
    )

  refused(
    "bytes that are no UTF-8 are refused with their line",
    new Uint8Array([0x61, 0x0a, 0x0a, 0xc3, 0x28, 0x0a]),
    /config\.toml:3: this is not UTF-8 text/
  )
  refused(
    "a lone carriage return is refused with its line",
    "[gateway]\nport = 1\rbind = 2\n",
    /config\.toml:2: a carriage return stands here without a line feed/
  )
  refused(
    "a syntax error is refused with its line",
    "[gateway]\nport = \n",
    /config\.toml:2: this is not valid TOML: Expected a value/
  )
  refused(
    "a key without its quotes is refused and not repeated",
    "[agent]\napi_key = sk-something",
    /config\.toml:2: this is not valid TOML: Invalid value; a text stands in quotes \(column 23\)\.$/
  )
  refused(
    "an unfinished text is refused",
    'a = "x',
    /config\.toml:1: this is not valid TOML: Unterminated basic string/
  )
  refused(
    "a key that stands there twice is refused with both lines",
    "[gateway]\nport = 1\nport = 2",
    /config\.toml:3: "gateway\.port" stands here twice \(first in line 2\)/
  )
  refused(
    "a table that stands there twice is refused with both lines",
    "[memory]\n[casil]\n[memory]",
    /config\.toml:3: "memory" stands here twice \(first in line 1\)/
  )
  refused(
    "endless nesting is refused with its line",
    `\nx = ${"[".repeat(200_000)}`,
    /config\.toml:2: lists and tables are nested too deeply/
  )
  refused(
    "a NUL character is refused",
    'a = 1\nb = "\0"',
    /config\.toml:2: this is not valid TOML: Invalid control character/
  )
  refused(
    "a file over a megabyte is refused unread",
    "#".repeat(fileLimit + 1),
    /cannot be read: it has 1048577 bytes; at most 1048576 are allowed/
  )

  test(
    "a byte order mark and Windows line ends are fine, and lines are counted right",
    Effect.gen(function* () {
      const { load } = yield* home({ [standard]: "\uFEFF[gateway]\r\nport = 9\r\nprot = 1\r\n" })
      assert.match(
        (yield* Effect.flip(load())).message,
        /config\.toml:3: unknown key "gateway\.prot"; did you mean "port"\?/
      )
    })
  )

  test(
    "a folder in place of the file is an error, even at the standard place",
    Effect.gen(function* () {
      const { load } = yield* home({ [`${standard}/x`]: "" })
      assert.match((yield* Effect.flip(load())).message, /cannot be read: it is a folder, not a file\.$/)
    })
  )

  test(
    "a file this user may not read is an error, never the defaults",
    Effect.gen(function* () {
      const { load } = yield* home()
      const read = () => Effect.fail({ absent: false, why: "this user may not read it" })
      const error = yield* Effect.flip(load({}, {}, { read }))
      assert.match(error.message, /cannot be read: this user may not read it\.$/)
    })
  )

  test(
    "a file that is not read hides no mistake of the environment and invents none",
    Effect.gen(function* () {
      const { load } = yield* home({ [standard]: "[agent" })
      const error = yield* Effect.flip(load({ EXOCLAW_AGENT_PROVIDER: "openai", EXOCLAW_PRT: "1" }))
      assert.deepStrictEqual(
        error.reasons.map(({ _tag }) => _tag),
        ["syntax", "unknownKey"]
      )
    })
  )
})

describe("layers", () => {
  it.effect("layer gives the settings of this process", () =>
    Effect.gen(function* () {
      const { values } = yield* Settings
      assert.strictEqual(values.gateway.port, 5)
    }).pipe(
      Effect.provide(
        layer({
          config: join(import.meta.dirname, "fixture.toml"),
          values: [{ key: "gateway.port", flag: "--port", value: 5 }]
        })
      )
    )
  )

  it.effect("layerTest takes a file as an object and fills the rest", () =>
    Effect.gen(function* () {
      const { stateDir, values } = yield* Settings
      assert.strictEqual(stateDir, "/tmp/state")
      assert.strictEqual(values.budgets.usd.daily, Micros.make(1_500_000))
      assert.deepStrictEqual(
        values.agents.map(({ id, model }) => `${id} ${model}`),
        ["a offline", "b m"]
      )
    }).pipe(
      Effect.provide(
        layerTest(
          { budgets: { usd: { daily: 1.5 } }, agents: [{ id: "a" }, { id: "b", provider: "openai", model: "m" }] },
          { stateDir: "/tmp/state" }
        )
      )
    )
  )

  it.effect("layerTest fails like a file does", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.provide(Effect.service(Settings), layerTest({ gateway: { port: -1 } })))
      assert.strictEqual(error.message, 'default: "gateway.port" must be an integer from 0 to 65535; it is -1.')
    })
  )
})
