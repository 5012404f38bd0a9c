import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { parseToml } from "../../layers/config/TomlFile.ts"
import { PluginName } from "../../src/domain/Ids.ts"
import { unknownNames } from "../../src/settings/PluginNames.ts"
import { assemble } from "../../src/settings/Settings.ts"

const tool = (plugin: PluginName, name: string) => ({
  name,
  plugin,
  description: "",
  inputSchema: {},
  idempotent: true
})
const plugin = (text: string, kind: "tool" | "skill", ...tools: ReadonlyArray<string>) => {
  const name = PluginName.make(text)
  return { name, kinds: [kind], tools: tools.map((one) => tool(name, one)) }
}
const plugins = [plugin("echo", "tool", "echo", "shout"), plugin("parrot", "skill")]

const said = (text: string, loaded = plugins) =>
  Effect.gen(function* () {
    const { positions, table } = yield* Effect.fromResult(parseToml(text, "config.toml"))
    const source = { file: table, name: "config.toml", positions, overrides: [], reasons: [] }
    const assembled = yield* Effect.fromResult(assemble(source))
    const settings = { ...assembled, stateDir: "/s", configFile: "/s/c", environment: { apiKeys: {}, endpoints: {} } }
    return unknownNames(settings, loaded).map(({ message }) => message)
  })

const entries = '[[plugins]]\nname = "echo"\npath = "e"\n[[plugins]]\nname = "parrot"\npath = "p"\n'
const job = '[[schedule]]\nid = "j"\ncron = "0 7 * * *"\nprompt = "p"\n'

describe("names that only the loaded plugins can explain", () => {
  it.effect("are fine where a plugin has them, and where nothing is named", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* said(""), [])
      assert.deepStrictEqual(yield* said("", []), [])
      assert.deepStrictEqual(yield* said("[agent]\ntools = []", []), [])
      assert.deepStrictEqual(yield* said('[agent]\ntools = ["shout", "echo"]\napprove = ["echo"]\n'), [])
      assert.deepStrictEqual(yield* said(`[agent]\nskill = "parrot"\n${entries}`), [])
    })
  )

  it.effect("T19: are told with their place and with what there is, all of them", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* said('[[agents]]\nid = "a"\n[[agents]]\nid = "b"\ntools = ["nope", "echo", "no"]'),
        [
          'config.toml:5: "agents[1].tools" names the tool "nope", which no plugin has. There are: echo, shout.',
          'config.toml:5: "agents[1].tools" names the tool "no", which no plugin has. There are: echo, shout.'
        ]
      )
      assert.deepStrictEqual(yield* said('[[bindings]]\nagent_id = "default"\nchannel = "x"\ntools = ["ecko"]'), [
        'config.toml:4: "bindings[0].tools" names the tool "ecko", which no plugin has. There are: echo, shout.'
      ])
      assert.deepStrictEqual(yield* said('[agent]\napprove = ["ecko"]', []), [
        'config.toml:2: "agent.approve" names the tool "ecko", which no plugin has. No plugin has any tools.'
      ])
      assert.deepStrictEqual(yield* said(`${job}tools = ["ecko"]`), [
        'config.toml:5: "schedule[0].tools" names the tool "ecko", which no plugin has. There are: echo, shout.'
      ])
      assert.deepStrictEqual(yield* said(`[agent]\nskill = "echo"\n${entries}`), [
        'config.toml:2: "agent.skill" names the plugin "echo", which does not answer messages (it has no handle_message). There are: parrot.'
      ])
    })
  )
})
