import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { check } from "../../layers/config/ConfigFile.ts"
import { parseToml } from "../../layers/config/TomlFile.ts"
import { ConfigError } from "../../src/config/ConfigError.ts"
import { SettingsFile } from "../../src/settings/SettingsFile.ts"
import { assemble } from "../../src/settings/Settings.ts"

const decode = Effect.fnUntraced(function* (text: string) {
  const { positions, table } = yield* Effect.fromResult(parseToml(text, "config.toml"))
  return yield* Effect.fromResult(assemble({ file: table, name: "config.toml", positions, overrides: [], reasons: [] }))
})

const mistake = (name: string, text: string, ...messages: ReadonlyArray<string>) =>
  it.effect(name, () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.fromResult(check(text)))
      assert.deepStrictEqual(error.message.split("\n"), messages)
    })
  )

const fine = (name: string, text: string) => it.effect(name, () => Effect.asVoid(decode(text)))

const tops = Object.keys(SettingsFile.fields).join(", ")
const plugin = 'name = "a"\npath = "a.wasm"'
const hash = "a".repeat(64)

describe("unknown keys", () => {
  mistake(
    "a misspelt table never means no limits",
    "[budget]\ndaily = 5",
    `config.toml:1: unknown key "budget"; did you mean "budgets"? Allowed here: ${tops}.`
  )
  mistake(
    "a misspelt key names the nearest one and all that are allowed",
    "[budgets]\ndialy = 5",
    'config.toml:2: unknown key "budgets.dialy"; did you mean "daily"? Allowed here: turn, session, daily, monthly, agent, tenant, installation, timezone, month_start, warn, pause, usd, sender.'
  )
  mistake(
    "a table of another version is told to be that",
    '[[channels]]\nname = "telegram"',
    `config.toml:1: unknown key "channels": it is not known to this version. Allowed here: ${tops}.`
  )
  mistake(
    "a key in a dotted, quoted or inline form is found as well",
    'gateway.tls = { crt = "x" }\n"gate way" = 1',
    'config.toml:1: unknown key "gateway.tls.crt"; did you mean "cert"? Allowed here: cert, key.',
    `config.toml:2: unknown key "\\"gate way\\""; did you mean "gateway"? Allowed here: ${tops}.`.replaceAll('\\"', '"')
  )
  mistake(
    "a name of JavaScript's is a name like any other",
    "[gateway]\n__proto__ = 1\n[gateway.constructor]\ntoString = 2",
    'config.toml:2: unknown key "gateway.__proto__": it is not known to this version. Allowed here: bind, port, operator_port, origins, hosts, trusted_proxy, limits, tls, jwt.',
    'config.toml:3: unknown key "gateway.constructor": it is not known to this version. Allowed here: bind, port, operator_port, origins, hosts, trusted_proxy, limits, tls, jwt.'
  )
})

describe("values", () => {
  mistake(
    "a wrong type",
    '[gateway]\nport = "7200"',
    'config.toml:2: "gateway.port" must be an integer from 0 to 65535; it is "7200".'
  )
  mistake(
    "a number out of range",
    "[gateway]\nport = 65536",
    'config.toml:2: "gateway.port" must be an integer from 0 to 65535; it is 65536.'
  )
  mistake(
    "a fraction where an integer belongs",
    "[gateway]\nport = 1.5",
    'config.toml:2: "gateway.port" must be an integer from 0 to 65535; it is 1.5.'
  )
  mistake(
    "a table where a value belongs",
    "[gateway.port]\nx = 1",
    'config.toml:1: "gateway.port" must be an integer from 0 to 65535; it is a table.'
  )
  mistake(
    "a value where a table belongs",
    "gateway = 7200",
    'config.toml:1: "gateway" must be a table: [gateway]; it is 7200.'
  )
  mistake(
    "one table where a list belongs",
    `[plugins]\n${plugin}`,
    'config.toml:1: "plugins" must be a list of tables: [[plugins]]; it is a table.'
  )
  mistake(
    "values where a list of tables belongs",
    "plugins = [1]",
    'config.toml:1: "plugins[0]" must be a table: [[plugins]]; it is 1.'
  )
  mistake(
    "a price that is no table",
    "[prices]\nm = 3",
    'config.toml:2: "prices.m" must be a table: [prices.m]; it is 3.'
  )
  mistake(
    "prices that are no tables",
    "prices = 1",
    'config.toml:1: "prices" must be tables by name: [prices."name"]; it is 1.'
  )
  mistake(
    "a negative budget",
    "[budgets]\ndaily = -1\nusd.daily = -0.5",
    'config.toml:2: "budgets.daily" must be a whole number of tokens, or "unlimited"; it is -1.',
    'config.toml:3: "budgets.usd.daily" must be an amount in dollars with at most six decimals, or "unlimited"; it is -0.5.'
  )
  mistake(
    "NaN and infinity, which would never be reached",
    "[budgets]\ndaily = nan\nwarn = nan\nusd.daily = inf",
    'config.toml:2: "budgets.daily" must be a whole number of tokens, or "unlimited"; it is NaN.',
    'config.toml:3: "budgets.warn" must be a number from 0 to 1; it is NaN.',
    'config.toml:4: "budgets.usd.daily" must be an amount in dollars with at most six decimals, or "unlimited"; it is Infinity.'
  )
  mistake(
    "less than a micro-dollar",
    "[budgets]\nusd.daily = 0.0000001",
    'config.toml:2: "budgets.usd.daily" must be an amount in dollars with at most six decimals, or "unlimited"; it is 1e-7.'
  )
  mistake(
    "a word that only looks like unlimited",
    '[budgets]\ndaily = "none"',
    'config.toml:2: "budgets.daily" must be a whole number of tokens, or "unlimited"; it is "none".'
  )
  mistake(
    "a time zone that does not exist",
    '[budgets]\ntimezone = "Europe/Atlantis"',
    'config.toml:2: "budgets.timezone" must be an IANA time zone such as "UTC" or "Europe/Berlin"; it is "Europe/Atlantis".'
  )
  mistake(
    "semantic memory, which this version does not have",
    "[memory]\nextraction = true",
    'config.toml:2: "memory.extraction" must be "local", "model" or "off"; it is true.'
  )
  mistake(
    "an origin with a path",
    '[gateway]\norigins = ["https://a.example/x"]',
    'config.toml:2: "gateway.origins" must be a list of origins such as "https://chat.example.com", without a path; it is a list of one value.'
  )
  mistake(
    "an address with credentials in it, which is not repeated",
    '[agent]\nbase_url = "http://me:pass@host"',
    'config.toml:2: "agent.base_url" must be an http:// or https:// address; it is a text of 19 characters.'
  )
  mistake(
    "an API key that is none, which is not repeated",
    "[agent]\napi_key = 12345",
    'config.toml:2: "agent.api_key" must be a text without line breaks.'
  )
  mistake(
    "keys over a line that others can change",
    '[gateway.jwt]\naudience = ["a"]\nkeys = "http://login.example.com/jwks.json"',
    'config.toml:3: "gateway.jwt.keys" must be the path of a file, or an https:// address (http:// only at 127.0.0.1 or [::1] with a port); it is a text of 34 characters.'
  )
  mistake(
    "tokens for nobody in particular",
    '[gateway.jwt]\nkeys = "jwks.json"\naudience = []',
    'config.toml:3: "gateway.jwt.audience" must be a list of one name or more; it is a list of 0 values.'
  )
  mistake(
    "shared secrets at an address",
    '[gateway.jwt]\naudience = ["a"]\nkeys = "https://login.example.com/jwks.json"\nalgorithms = ["HS256"]',
    'config.toml:4: "gateway.jwt.algorithms" names HS256, whose keys are secrets; "gateway.jwt.keys" must be a file then.'
  )
  mistake(
    "a scope that does not exist",
    `[[tokens]]\nname = "a"\ndigest = "${hash}"\nscopes = ["chat"]`,
    'config.toml:4: "tokens[0].scopes" must be a list of chat:send, session:read, session:write, session:any, budget:read, budget:any, memory:read, memory:write, approve, bus:join, bus:publish, bus:moderate, admin, plugin:admin, audit:read; it is a list of one value.'
  )
  mistake(
    "a hash that is none",
    `[[plugins]]\n${plugin}\nsha256 = "abc"`,
    'config.toml:4: "plugins[0].sha256" must be 64 lower-case hexadecimal digits; it is "abc".'
  )
  mistake(
    "a capability table with a key of its own invention",
    `[[plugins]]\n${plugin}\ncapabilities = [{ grant = "store:x", method = ["GET"] }]`,
    'config.toml:4: "plugins[0].capabilities" must be a list of capabilities, each a text such as "store:notes" or a table { grant = "http:api.example.com", methods = ["GET"], untrusted = "approve" }; it is a list of one value.'
  )
  mistake(
    "a required key that is missing, at its table",
    '\n[[plugins]]\nname = "a"',
    'config.toml:2: "plugins[0].path" is missing; it must be the path of a file.'
  )
  mistake(
    "a price without its output",
    "[prices.m]\ninput = 1",
    'config.toml:1: "prices.m.output" is missing; it must be an amount in dollars with at most six decimals.'
  )
})

describe("rules between keys", () => {
  mistake(
    "both agent forms",
    '[agent]\nid = "a"\n[[agents]]\nid = "b"',
    "config.toml:1: [agent] and [[agents]] cannot both be used; use [agent] for one agent and [[agents]] for several."
  )
  mistake(
    "a binding that matches nothing in particular",
    '[[bindings]]\nagent_id = "default"',
    'config.toml:1: "bindings[0]" names nothing to match; it needs at least one of channel, account_id, peer_id, guild_id, team_id.'
  )
  mistake(
    "a binding with a tool that its agent may not call",
    '[agent]\ntools = ["echo", "clock"]\n[[bindings]]\nagent_id = "default"\nchannel = "x"\ntools = ["clock", "ecko"]',
    'config.toml:6: "bindings[0].tools" names "ecko", which its agent may not call; did you mean "echo"? It has: echo, clock.'
  )
  mistake(
    "a binding to an agent that is not configured",
    '[[agents]]\nid = "a"\n[[agents]]\nid = "b"\n[[bindings]]\nagent_id = "c"\nchannel = "x"',
    'config.toml:6: "bindings[0].agent_id" names the agent "c", which is not configured. Configured: a, b.'
  )
  mistake(
    "two plugins of one name",
    `[[plugins]]\n${plugin}\n[[plugins]]\n${plugin}`,
    'config.toml:5: the plugin "a" stands here twice (first as "plugins[0].name"); every plugin needs a name of its own.'
  )
  mistake(
    "two agents of one name, the default name included",
    '[[agents]]\nprovider = "offline"\n[[agents]]\nid = "default"',
    'config.toml:4: the agent "default" stands here twice (first as "agents[0].id"); every agent needs a name of its own.'
  )
  mistake(
    "two tokens of one name",
    `[[tokens]]\nname = "a"\ndigest = "${hash}"\nscopes = []\n[[tokens]]\nname = "a"\ndigest = "${hash}"\nscopes = []`,
    'config.toml:6: the token "a" stands here twice (first as "tokens[0].name"); every token needs a name of its own.'
  )
  mistake(
    "a vendor without a model, for the fallback too",
    '[agent]\nprovider = "openai"\n[agent.fallback]\nprovider = "anthropic"',
    'config.toml:2: "agent.model" is missing; the provider "openai" needs the name of a model.',
    'config.toml:4: "agent.fallback.model" is missing; the provider "anthropic" needs the name of a model.'
  )
  mistake(
    "a skill of a plugin that is not there",
    '[agent]\nskill = "x"',
    'config.toml:2: "agent.skill" names the plugin "x", which is not configured. There is no plugin.'
  )
  mistake(
    "a skill of another plugin",
    `[agent]\nskill = "x"\n[[plugins]]\n${plugin}`,
    'config.toml:2: "agent.skill" names the plugin "x", which is not configured. Configured: a.'
  )
  mistake(
    "half of TLS",
    '[gateway.tls]\nkey = "k.pem"',
    'config.toml:2: "gateway.tls.key" needs "gateway.tls.cert" beside it.'
  )
  mistake(
    "the other half",
    '[gateway.tls]\ncert = "c.pem"',
    'config.toml:2: "gateway.tls.cert" needs "gateway.tls.key" beside it.'
  )
  mistake(
    "one port for both listeners",
    "[gateway]\nport = 7201\noperator_port = 7201",
    'config.toml:3: "gateway.operator_port" must differ from "gateway.port" (7201).'
  )
  mistake(
    "no port left for the operator",
    "[gateway]\nport = 65535",
    'config.toml:2: "gateway.operator_port" is missing; there is no port after 65535 to take for it.'
  )
  mistake(
    "a ceiling above the one around it",
    "[memory]\nceiling = 20000",
    'config.toml:2: "memory.ceiling" (20000) must not be above "memory.request_ceiling" (16000).'
  )
  mistake(
    "a ceiling under the default inside it",
    "[memory]\nrequest_ceiling = 3000",
    'config.toml:2: "memory.ceiling" (4000) must not be above "memory.request_ceiling" (3000).'
  )
  mistake(
    "more slots kept than allowed",
    "[sandbox.slots]\nmax = 1",
    'config.toml:2: "sandbox.slots.min" (2) must not be above "sandbox.slots.max" (1).'
  )
  mistake(
    "more inspected than let through",
    "[casil.limits]\nmax_payload_bytes = 2048",
    'config.toml:2: "casil.limits.max_inspect_bytes" (65536) must not be above "casil.limits.max_payload_bytes" (2048).'
  )
  mistake(
    "every mistake is told at once, in the file's order",
    'x = 1\n[gateway]\nport = "a"\n[budgets]\ndialy = 1\n[[bindings]]\nagent_id = "c"',
    `config.toml:1: unknown key "x": it is not known to this version. Allowed here: ${tops}.`,
    'config.toml:3: "gateway.port" must be an integer from 0 to 65535; it is "a".',
    'config.toml:5: unknown key "budgets.dialy"; did you mean "daily"? Allowed here: turn, session, daily, monthly, agent, tenant, installation, timezone, month_start, warn, pause, usd, sender.',
    'config.toml:6: "bindings[0]" names nothing to match; it needs at least one of channel, account_id, peer_id, guild_id, team_id.',
    'config.toml:7: "bindings[0].agent_id" names the agent "c", which is not configured. Configured: default.'
  )
})

describe("what is allowed", () => {
  fine("free ports for both listeners", "[gateway]\nport = 0\noperator_port = 0")
  fine(
    "an offline agent without a model, and a skill without one",
    `[agent]\nprovider = "openai"\nskill = "a"\n[[plugins]]\n${plugin}`
  )
  fine("an empty file, an empty list, an empty table", "agents = []\nplugins = []\n[prices]\n[gateway]")
  fine("any time zone of the world", '[budgets]\ntimezone = "America/Argentina/Buenos_Aires"')
  fine(
    "addresses of the sixth version",
    '[gateway]\nbind = "::1"\ntrusted_proxy = ["fd00::/8", "::1", "10.0.0.0/8"]\nhosts = ["[::1]:7200"]'
  )

  it.effect("money becomes whole micro-dollars, and prices micro-dollars per million tokens", () =>
    Effect.gen(function* () {
      const { values } = yield* decode(
        '[budgets]\nusd.session = 0.1\nusd.daily = 0.000001\nusd.monthly = 999999.999999\n[prices."m"]\ninput = 0.15\noutput = 2'
      )
      assert.deepInclude(values.budgets.usd as object, { session: 100_000, daily: 1, monthly: 999_999_999_999 })
      assert.deepEqual<unknown>(values.prices, { m: { input: 150_000, output: 2_000_000 } })
    })
  )

  it.effect("agents keep their order and get a model", () =>
    Effect.gen(function* () {
      const { values } = yield* decode(
        '[[agents]]\nid = "b"\n[agents.fallback]\nprovider = "openai"\nmodel = "m"\n[[agents]]\nid = "a"\nprovider = "openai"\nmodel = "n"\ntools = []'
      )
      assert.deepStrictEqual(
        values.agents.map(({ fallback, id, model, tools }) => [id, model, fallback?.model, tools]),
        [
          ["b", "offline", "m", undefined],
          ["a", "n", undefined, []]
        ]
      )
    })
  )

  it.effect("an API key is redacted once read", () =>
    Effect.gen(function* () {
      const { values } = yield* decode('[agent]\napi_key = "sk-1"')
      const key = values.agents[0].api_key
      assert.strictEqual(key && Redacted.value(key), "sk-1")
      assert.notInclude(JSON.stringify(values), "sk-1")
    })
  )

  it.effect("no [budgets], an empty one and one with other keys all keep the daily limit", () =>
    Effect.gen(function* () {
      for (const text of ["", "[budgets]", "[budgets]\nmonthly = 5"]) {
        assert.strictEqual<unknown>((yield* decode(text)).values.budgets.daily, 2_000_000)
      }
      assert.strictEqual((yield* decode('[budgets]\ndaily = "unlimited"')).values.budgets.daily, "unlimited")
    })
  )

  it.effect("check counts the keys a file sets", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Effect.fromResult(check("[gateway]\nport = 1\n[agent]\nmax_tokens = 5")), 2)
    })
  )

  it.effect("the error survives the wire", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(decode("x = 1"))
      const copy = yield* Schema.decodeUnknownEffect(ConfigError)(yield* Schema.encodeUnknownEffect(ConfigError)(error))
      assert.strictEqual(copy.message, error._tag === "ConfigError" ? error.message : "")
    })
  )
})
