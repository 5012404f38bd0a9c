import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { Casil, Blocked } from "../../src/casil/Casil.ts"
import { PluginName } from "../../src/domain/Ids.ts"
import type { Capability } from "../../src/sandbox/Capability.ts"
import { Capabilities, capabilities, openGrant } from "../../src/sandbox/Grant.ts"
import { granted, HostRefused, open } from "../../src/sandbox/HostFunction.ts"
import { kv, LISTED, MAX_BYTES, MAX_KEY_BYTES, MAX_KEYS, MAX_VALUE_BYTES } from "../../layers/sandbox/host/Kv.ts"
import { log } from "../../layers/sandbox/host/Log.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { Store } from "../../layers/store/Store.ts"
import { as, ask as askHost, casil, context } from "./support.ts"

const notes = PluginName.make("notes")
const rival = PluginName.make("rival")
const store = (name: string): Capability => ({ kind: "store", name })
const table = capabilities([
  [notes, [store("notes")]],
  [rival, [store("notes"), store("more")]]
])
const may = Effect.provideService(Capabilities, table)

describe("a host function", () => {
  const greet = open({
    name: "greet",
    argument: Schema.Struct({ name: Schema.String }),
    run: ({ name }, call) =>
      name === "" ? Effect.fail(new HostRefused({ message: "nobody" })) : Effect.succeed(`${call.plugin}: ${name}`)
  })
  const call = (argument: string) => askHost(greet, argument, { plugin: notes, ...context }).pipe(may, as("local"))

  it.effect("answers ok or error, as JSON", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* call('{"name":"\\u0000\\"x"}'), JSON.stringify({ ok: 'notes: \u0000"x' }))
      assert.strictEqual(yield* call('{"name":""}'), '{"error":"nobody"}')
      const bytes = yield* greet.call(Uint8Array.of(0xff), { plugin: notes, ...context }).pipe(may, as("local"))
      assert.strictEqual(new TextDecoder().decode(bytes), '{"error":"greet: the argument is not UTF-8"}')
      assert.match(yield* call("{"), /^\{"error":"greet: /)
      assert.match(yield* call('{"name":1}'), /^\{"error":"greet: /)
    })
  )

  it.effect("T19: without its grant it answers that it is not granted", () =>
    Effect.gen(function* () {
      const spend = granted({
        name: "spend",
        capability: "store",
        argument: Schema.Unknown,
        run: () => Effect.map(openGrant("store"), ({ granted: held }) => held.length)
      })
      const asked = askHost(spend, "{}", { plugin: notes, ...context })
      assert.strictEqual(yield* asked.pipe(may, as("local")), '{"ok":1}')
      const denied = yield* asked.pipe(Effect.provideService(Capabilities, capabilities([])), as("local"))
      assert.strictEqual(denied, '{"error":"plugin \\"notes\\" is not granted store"}')
    })
  )
})

layer(SqliteStore.layerMemory)("the key-value store", (it) => {
  const ask = Effect.fnUntraced(function* (
    name: string,
    argument: unknown,
    who: { readonly plugin?: PluginName; readonly id?: string; readonly tenant?: string } = {}
  ) {
    const found = kv(yield* Store).find((one) => one.name === name)
    assert(found !== undefined)
    const call = askHost(found, JSON.stringify(argument), { plugin: who.plugin ?? notes, ...context })
    const answer: { readonly ok?: unknown; readonly error?: string } = JSON.parse(
      yield* call.pipe(may, as(who.id ?? "local", who.tenant))
    )
    return answer
  })

  it.effect("keeps, gives back, lists and deletes", () =>
    Effect.gen(function* () {
      const me = { id: "basic" }
      assert.deepStrictEqual(yield* ask("kv_get", { key: "a" }, me), { ok: null })
      assert.deepStrictEqual(yield* ask("kv_set", { key: "a", value: "1 🐈" }, me), { ok: true })
      assert.deepStrictEqual(yield* ask("kv_set", { store: "notes", key: "b", value: "" }, me), { ok: true })
      assert.deepStrictEqual(yield* ask("kv_set", { key: "a", value: "2 🐈" }, me), { ok: true })
      assert.deepStrictEqual(yield* ask("kv_get", { key: "a" }, me), { ok: "2 🐈" })
      assert.deepStrictEqual(yield* ask("kv_get", { key: "b" }, me), { ok: "" })
      assert.deepStrictEqual(yield* ask("kv_list", {}, me), { ok: { keys: ["a", "b"], more: false } })
      assert.deepStrictEqual(yield* ask("kv_delete", { key: "a" }, me), { ok: true })
      assert.deepStrictEqual(yield* ask("kv_delete", { key: "a" }, me), { ok: false })
      assert.deepStrictEqual(yield* ask("kv_list", {}, me), { ok: { keys: ["b"], more: false } })
    })
  )

  it.effect("sets a key only where there is none, when asked to", () =>
    Effect.gen(function* () {
      const me = { id: "absent" }
      assert.deepStrictEqual(yield* ask("kv_set", { key: "a", value: "1", absent: true }, me), { ok: true })
      assert.deepStrictEqual(yield* ask("kv_set", { key: "a", value: "2", absent: true }, me), { ok: false })
      assert.deepStrictEqual(yield* ask("kv_get", { key: "a" }, me), { ok: "1" })
      assert.deepStrictEqual(yield* ask("kv_set", { key: "a", value: "3", absent: false }, me), { ok: true })
      assert.deepStrictEqual(yield* ask("kv_get", { key: "a" }, me), { ok: "3" })
    })
  )

  it.effect("lists by prefix, in pages", () =>
    Effect.gen(function* () {
      const me = { id: "pages" }
      for (const key of ["x%1", "x%2", "x%3", "y", "x_"]) yield* ask("kv_set", { key, value: "" }, me)
      assert.deepStrictEqual(yield* ask("kv_list", { prefix: "x%", limit: 2 }, me), {
        ok: { keys: ["x%1", "x%2"], more: true }
      })
      assert.deepStrictEqual(yield* ask("kv_list", { prefix: "x%", limit: 2, after: "x%2" }, me), {
        ok: { keys: ["x%3"], more: false }
      })
    })
  )

  const names = fc.uniqueArray(fc.string({ unit: "grapheme-composite", minLength: 1, maxLength: 6 }), { maxLength: 12 })
  const odd = fc.constantFrom("a", "a\0", "a\0b", "b", "%", "\u{10ffff}", "é", "e\u0301", "🐈")
  let runs = 0
  it.effect(
    "lists exactly what begins with the prefix, whatever the keys are made of, in the order of their bytes",
    () =>
      Effect.flatMap(Effect.context<Store>(), (services) =>
        Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(names, fc.uniqueArray(odd), odd, (some, more, prefix) =>
              Effect.gen(function* () {
                const me = { id: `any-${runs++}` }
                const keys = [...new Set([...some, ...more.flatMap((one) => [one, one + prefix, prefix + one])])]
                for (const key of keys) yield* ask("kv_set", { key, value: "" }, me)
                const expected = keys
                  .filter((key) => key.startsWith(prefix))
                  .toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
                assert.deepStrictEqual(yield* ask("kv_list", { prefix }, me), { ok: { keys: expected, more: false } })
              }).pipe(Effect.runPromiseWith(services))
            ),
            { numRuns: 50 }
          )
        )
      )
  )

  it.effect("T28: a list looks at a range of the index, so that keys it is not about cost the gateway nothing", () =>
    Effect.gen(function* () {
      const plan = yield* (yield* Store).read((db) =>
        db.all(`EXPLAIN QUERY PLAN ${LISTED}`, "s", "p", "t", "u", "", "a", Buffer.from("a"), 1)
      )
      assert.deepStrictEqual(
        plan.map(({ detail }) => String(detail).replace(/^.*\((.*)\)$/, "$1")),
        ["store=? AND plugin=? AND tenant=? AND principal=? AND key>? AND key<?"]
      )
    })
  )

  it.effect("T26: another principal, tenant or plugin finds nothing", () =>
    Effect.gen(function* () {
      yield* ask("kv_set", { key: "secret", value: "mine" }, { id: "alice" })
      for (const other of [{ id: "bob" }, { id: "alice", tenant: "acme" }, { id: "alice", plugin: rival }]) {
        assert.deepStrictEqual(yield* ask("kv_get", { store: "notes", key: "secret" }, other), { ok: null })
        assert.deepStrictEqual(yield* ask("kv_list", { store: "notes" }, other), { ok: { keys: [], more: false } })
        assert.deepStrictEqual(yield* ask("kv_delete", { store: "notes", key: "secret" }, other), { ok: false })
      }
      assert.deepStrictEqual(yield* ask("kv_get", { key: "secret" }, { id: "alice" }), { ok: "mine" })
    })
  )

  it.effect("T19: a store that is not granted is refused, and with several the name is asked for", () =>
    Effect.gen(function* () {
      const refused = yield* ask("kv_get", { store: "passwords", key: "a" })
      assert.deepStrictEqual(refused, { error: 'store "passwords" is not granted; granted: notes' })
      const unclear = yield* ask("kv_get", { key: "a" }, { plugin: rival })
      assert.deepStrictEqual(unclear, { error: "name one of the stores notes, more" })
    })
  )

  it.effect("T28: keys, values and texts that are none have limits", () =>
    Effect.gen(function* () {
      for (const [name, argument] of [
        ["kv_set", { key: "", value: "" }],
        ["kv_set", { key: "ä".repeat(MAX_KEY_BYTES / 2 + 1), value: "" }],
        ["kv_set", { key: "a", value: "ä".repeat(MAX_VALUE_BYTES / 2 + 1) }],
        ["kv_set", { key: "\ud800", value: "" }],
        ["kv_set", { key: "a" }],
        ["kv_list", { limit: 0 }],
        ["kv_list", { limit: 1001 }]
      ] as const) {
        assert.isString((yield* ask(name, argument)).error, JSON.stringify(argument).slice(0, 60))
      }
      assert.deepStrictEqual(
        yield* ask("kv_set", { key: "ä".repeat(MAX_KEY_BYTES / 2), value: "ä".repeat(MAX_VALUE_BYTES / 2) }),
        { ok: true }
      )
    })
  )

  it.effect("T28: a full store refuses more, and has room again after a deletion", () =>
    Effect.gen(function* () {
      const me = { id: "full" }
      const value = "x".repeat(MAX_VALUE_BYTES - 8)
      const fits = Math.floor(MAX_BYTES / MAX_VALUE_BYTES)
      for (let index = 0; index < fits; index++) {
        assert.deepStrictEqual(yield* ask("kv_set", { key: `key-${1000 + index}`, value }, me), { ok: true })
      }
      const full = yield* ask("kv_set", { key: "more", value }, me)
      assert.deepStrictEqual(full, { error: `the store is full: ${MAX_KEYS} keys, ${MAX_BYTES} bytes` })
      assert.deepStrictEqual(yield* ask("kv_set", { key: "key-1000", value }, me), { ok: true })
      assert.deepStrictEqual(yield* ask("kv_delete", { key: "key-1000" }, me), { ok: true })
      assert.deepStrictEqual(yield* ask("kv_set", { key: "key-2000", value }, me), { ok: true })
    })
  )
})

describe("the log", () => {
  const lines: Array<{ readonly text: string; readonly level: string; readonly plugin: unknown }> = []
  const collector = Logger.make((entry) => {
    lines.push({
      text: String(entry.message),
      level: entry.logLevel,
      plugin: entry.fiber.getRef(References.CurrentLogAnnotations)["plugin"]
    })
  })
  const write = (level: string, message: string, inspection: Layer.Layer<Casil> = casil) =>
    Effect.gen(function* () {
      lines.length = 0
      const answer = yield* askHost(log(yield* Casil), JSON.stringify({ level, message }), {
        plugin: notes,
        ...context
      })
      return { answer, lines: [...lines] }
    }).pipe(
      may,
      as("local"),
      Effect.provide(Layer.mergeAll(inspection, Logger.layer([collector]))),
      Effect.provideService(References.MinimumLogLevel, "Trace")
    )

  it.effect("writes one plain line under the plugin's name", () =>
    Effect.gen(function* () {
      const { answer, lines: written } = yield* write("warn", "a\nERROR b\u001b[31m\u202e")
      assert.strictEqual(answer, '{"ok":null}')
      assert.deepStrictEqual(written, [{ text: "a ERROR b [31m ", level: "Warn", plugin: "notes" }])
    })
  )

  it.effect("T30: cuts a line after it was inspected: no beginning of a secret is left at its end", () =>
    Effect.gen(function* () {
      const secret = `ghp_${"a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"}`
      const [line] = (yield* write("info", `${"x".repeat(979)} ${secret}`, Casil.layer())).lines
      assert.isFalse(line?.text.includes(secret.slice(4, 10)))
    })
  )

  it.effect("cuts long lines and refuses unknown levels", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* write("info", "x".repeat(5000))).lines[0]?.text.length, 1000)
      assert.match((yield* write("loud", "x")).answer, /^\{"error"/)
    })
  )

  it.effect("T30: what inspection blocks is not written", () =>
    Effect.gen(function* () {
      const blocked = new Blocked({ surface: "tool_output", reason: "CASIL_POLICY_BLOCKED_SECRET", rules: ["github"] })
      const blocking = Layer.effect(
        Casil,
        Effect.map(Casil, (open) => ({ ...open, text: () => Effect.fail(blocked) }))
      ).pipe(Layer.provide(casil))
      const { lines: written } = yield* write("info", "ghp_secret", blocking)
      assert.strictEqual(written.length, 1)
      assert.notInclude(written[0]?.text, "ghp_secret")
      assert.include(written[0]?.text, "withheld")
    })
  )
})
