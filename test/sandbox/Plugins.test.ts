import { createHash } from "node:crypto"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { afterAll, assert, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { Audit, AuditUnavailable } from "../../src/audit/Audit.ts"
import { PluginName } from "../../src/domain/Ids.ts"
import { granted } from "../../src/sandbox/HostFunction.ts"
import { CallFailed } from "../../src/sandbox/PluginError.ts"
import * as MemoryAudit from "../../layers/audit/MemoryAudit.ts"
import { kv } from "../../layers/sandbox/host/Kv.ts"
import type { PluginEntry } from "../../layers/sandbox/PluginFile.ts"
import { loadAll } from "../../layers/sandbox/Plugins.ts"
import { startAll } from "../../layers/sandbox/PluginStart.ts"
import type { SlotPool } from "../../layers/sandbox/SlotPool.ts"
import { consent } from "../../layers/sandbox/PluginTrust.ts"
import { publisherKeys, signPlugin } from "../../layers/sandbox/Signature.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { Store } from "../../layers/store/Store.ts"
import { plugin as module, wat, wellBehaved } from "../hostile/modules.ts"
import { as } from "./support.ts"

const folder = mkdtempSync(path.join(tmpdir(), "exoclaw-load-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
const file = (bytes: Uint8Array): string => {
  const name = path.join(folder, `${++files}.wasm`)
  writeFileSync(name, bytes)
  return name
}
const entry = (name: string, bytes: Uint8Array, more: Partial<PluginEntry> = {}): PluginEntry => ({
  name: PluginName.make(name),
  path: file(bytes),
  capabilities: [],
  ...more
})

const description = (name: string) => JSON.stringify({ name, description: "", input_schema: { type: "object" } })

const weather = granted({
  name: "weather",
  capability: "host_function",
  argument: Schema.Unknown,
  run: () => Effect.succeed("sunny")
})

/** A pool whose every plugin says the same; counts how often it was asked. */
const pool = (says: string | CallFailed) => {
  const asked: Array<string> = []
  const service: SlotPool["Service"] = {
    call: (invocation) =>
      Effect.suspend(() => {
        asked.push(invocation.plugin)
        return typeof says === "string" ? Effect.succeed(new TextEncoder().encode(says)) : Effect.fail(says)
      }),
    warm: Effect.void,
    processes: Effect.succeed({ zygote: undefined, slots: [], idle: 0, starting: 0 })
  }
  return { asked, service }
}

const loader = (open: Store["Service"], slots = pool(description("evil"))) => ({
  functions: [...kv(open), weather],
  deadlineMs: 1000,
  pool: slots.service,
  store: open
})

const load = (entries: ReadonlyArray<PluginEntry>, slots = pool(description("evil"))) =>
  Effect.flatMap(Store, (store) => loadAll(loader(store, slots), entries))

const refusal = (entries: ReadonlyArray<PluginEntry>, slots = pool(description("evil"))) =>
  Effect.map(Effect.flip(load(entries, slots)), (error) => error.message)

const store = Effect.provide(SqliteStore.layerMemory)

it.effect("a plugin that passes every check is described once, then known by its hash", () =>
  Effect.gen(function* () {
    const slots = pool(description("evil"))
    const [one] = yield* load([entry("first", wellBehaved)], slots)
    assert.deepStrictEqual(slots.asked, ["first"])
    assert.deepStrictEqual(one?.info.kinds, ["tool"])
    assert.strictEqual(one?.info.bytes, wellBehaved.length)
    const again = yield* load([entry("second", wellBehaved)], slots)
    assert.deepStrictEqual(slots.asked, ["first"])
    assert.deepStrictEqual(
      again[0]?.info.tools.map((tool) => [tool.name, tool.plugin]),
      [["evil", "second"]]
    )
  }).pipe(store)
)

it.effect("a plugin is asked again where its configuration is another one, which it may have read", () =>
  Effect.gen(function* () {
    const slots = pool(description("evil"))
    const configured = (config: PluginEntry["config"]) => load([entry("p", wellBehaved, { config })], slots)
    yield* configured({ prefix: "a", more: [1] })
    yield* configured({ more: [1], prefix: "a" })
    assert.strictEqual(slots.asked.length, 1)
    yield* configured({ prefix: "b", more: [1] })
    yield* configured({})
    yield* configured(undefined)
    assert.strictEqual(slots.asked.length, 3)
  }).pipe(store)
)

it.effect("a file that is missing, a folder, a device or no module stops the start and says what to do", () =>
  Effect.gen(function* () {
    const missing = { name: PluginName.make("gone"), path: path.join(folder, "gone.wasm"), capabilities: [] }
    assert.match(yield* refusal([missing]), /"gone": its file .*gone\.wasm does not exist\. Correct its path\./)
    const inside = path.join(folder, "folder")
    mkdirSync(inside, { recursive: true })
    assert.include(yield* refusal([{ ...missing, path: inside }]), "is a folder")
    assert.include(yield* refusal([{ ...missing, path: "/dev/zero" }]), "/dev/zero is no regular file")
    assert.include(
      yield* refusal([{ ...missing, path: `${missing.path}\0` }]),
      "cannot be read (ERR_INVALID_ARG_VALUE)"
    )
    assert.include(yield* refusal([entry("text", Buffer.from("hello"))]), "core WebAssembly modules")
    assert.include(yield* refusal([entry("big", new Uint8Array(16 * 1024 * 1024 + 1))]), "16777217 bytes")
  }).pipe(store)
)

it.effect("T18: a file with another hash than the configured one is refused", () =>
  Effect.gen(function* () {
    const message = yield* refusal([entry("a", wellBehaved, { sha256: "0".repeat(64) })])
    assert.match(message, /is not the one the configuration names: its SHA-256 is [0-9a-f]{64}, expected is 0{64}/)
    const [, sha256 = ""] = /is ([0-9a-f]{64}),/.exec(message) ?? []
    const [one] = yield* load([entry("a", wellBehaved, { sha256 })])
    assert.strictEqual(one?.info.sha256, sha256)
  }).pipe(store)
)

it.effect("T18: a changed file does not inherit grants; naming its hash is the consent", () =>
  Effect.gen(function* () {
    const grants = { capabilities: ["store:notes"] }
    yield* load([entry("notes", wellBehaved, grants)])
    yield* load([entry("notes", wellBehaved, grants)])
    const changed = module("(nop)")
    const message = yield* refusal([entry("notes", changed, grants)])
    assert.match(message, /has changed since it was granted store:notes \(same imports.* set sha256 = "[0-9a-f]{64}"/)
    yield* load([entry("notes", changed, { ...grants, bundled: true })])
    const [, sha256 = ""] = /sha256 = "([0-9a-f]{64})"/.exec(message) ?? []
    yield* load([entry("notes", changed, { ...grants, sha256 })])
    yield* load([entry("notes", changed, grants)])
    const back = yield* refusal([entry("notes", wellBehaved, grants)])
    assert.include(back, "has changed")
    yield* load([entry("notes", wellBehaved)])
  }).pipe(store)
)

it.effect("T18: an operator's consent to the very file is enough, and who gave it is recorded", () =>
  Effect.gen(function* () {
    const open = yield* Store
    const grants = { capabilities: ["store:notes"] }
    yield* load([entry("agreed", wellBehaved, grants)])
    const changed = module("(nop)", {
      imports: '(import "extism:host/env" "var_get" (func (param i64) (result i64)))'
    })
    const message = yield* refusal([entry("agreed", changed, grants)])
    assert.include(message, "(new imports: extism:host/env/var_get)")
    const [, sha256 = ""] = /sha256 = "([0-9a-f]{64})"/.exec(message) ?? []
    yield* consent(open, PluginName.make("other"), sha256).pipe(as("root"))
    yield* consent(open, PluginName.make("agreed"), "0".repeat(64)).pipe(as("root"))
    assert.include(yield* refusal([entry("agreed", changed, grants)]), "has changed")
    yield* consent(open, PluginName.make("agreed"), sha256).pipe(as("root"))
    const rows = yield* open.read((db) =>
      db.all("SELECT principal FROM plugin_consent WHERE plugin = 'agreed' AND sha256 = ?", sha256)
    )
    assert.deepStrictEqual(
      rows.map((row) => row["principal"]),
      ["root"]
    )
    yield* load([entry("agreed", changed, grants)])
    const told = yield* Effect.flatMap(Audit, (audit) => audit.query({ limit: 10, kind: "plugin.consented" }))
    assert.strictEqual(told.length, 3)
  }).pipe(Effect.provide(Layer.mergeAll(SqliteStore.layerMemory, MemoryAudit.layerMemory)))
)

it.effect("T18: a consent is for one change: going back to an older file needs another one", () =>
  Effect.gen(function* () {
    const open = yield* Store
    const name = PluginName.make("rolled")
    const version = (nops: number) => module("(nop)".repeat(nops))
    const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex")
    const loaded = (bytes: Uint8Array) => load([entry("rolled", bytes, { capabilities: ["store:notes"] })])
    const refused = (bytes: Uint8Array) =>
      Effect.map(Effect.flip(loaded(bytes)), ({ message }) => assert.include(message, "has changed"))
    yield* loaded(version(1))
    for (const nops of [2, 3]) {
      yield* consent(open, name, hash(version(nops))).pipe(as("root"))
      yield* loaded(version(nops))
      yield* loaded(version(nops))
    }
    yield* refused(version(2))
    // the one that runs needs none, so none of it is kept
    yield* consent(open, name, hash(version(3))).pipe(as("root"))
    yield* consent(open, name, hash(version(4))).pipe(as("root"))
    yield* loaded(version(4))
    yield* refused(version(3))
    yield* consent(open, name, hash(version(3))).pipe(as("root"))
    yield* loaded(version(3))
  }).pipe(store)
)

it.effect("T18: with require_signature only a known publisher's file is loaded, and the publisher is recorded", () =>
  Effect.gen(function* () {
    const open = yield* Store
    const { privateKey, publicKey } = publisherKeys()
    const trust = { publishers: { acme: publicKey }, requireSignature: true }
    const one = entry("signed", wellBehaved, { capabilities: ["store:notes"] })
    const start = loadAll({ ...loader(open), trust }, [one])
    assert.match((yield* Effect.flip(start)).message, /is not signed, and require_signature is set/)
    const hash = createHash("sha256").update(wellBehaved).digest("hex")
    writeFileSync(`${one.path}.sig`, signPlugin(hash, privateKey) ?? "")
    const [loaded] = yield* start
    assert.strictEqual(loaded?.info.publisher, "acme")
    const row = yield* open.read((db) => db.get("SELECT publisher, imports FROM plugin_grants WHERE plugin = 'signed'"))
    assert.deepInclude(row, { publisher: "acme" })
    assert.include(String(row?.["imports"]), "extism:host/env/alloc")
    writeFileSync(`${one.path}.sig`, signPlugin("0".repeat(64), privateKey) ?? "")
    assert.match((yield* Effect.flip(start)).message, /is not the file's: it was made for another file/)
  }).pipe(store)
)

it.effect("T18: grants and the file they were given to are recorded, once per change", () =>
  Effect.gen(function* () {
    const rows = Effect.flatMap(Store, (open) =>
      open.read((db) => db.all("SELECT plugin, grants FROM plugin_grants ORDER BY seq"))
    )
    yield* load([entry("notes", wellBehaved, { capabilities: ["store:a", "store:b"] })])
    yield* load([entry("notes", wellBehaved, { capabilities: ["store:a", "store:b"] })])
    assert.deepStrictEqual(
      (yield* rows).map((row) => ({ ...row })),
      [{ plugin: "notes", grants: "store:a\nstore:b" }]
    )
    yield* refusal([entry("other", wellBehaved), entry("third", wellBehaved)])
    assert.strictEqual((yield* rows).length, 1)
  }).pipe(store)
)

it.effect("T18: the audit log learns of a new file or new grants, once", () =>
  Effect.gen(function* () {
    const events = Effect.flatMap(Audit, (audit) => audit.query({ limit: 10 }))
    yield* load([entry("notes", wellBehaved, { capabilities: ["store:a"] })])
    yield* load([entry("notes", wellBehaved, { capabilities: ["store:a"] })])
    yield* load([entry("notes", wellBehaved, { capabilities: ["store:a", "store:b"] })])
    assert.deepStrictEqual(
      (yield* events).map(({ event }) => [event.kind, event.data["plugin"], event.data["grants"]]),
      [
        ["plugin.loaded", "notes", "store:a"],
        ["plugin.loaded", "notes", "store:a store:b"]
      ]
    )
    const full = Effect.provideService(Audit, {
      ...(yield* Audit),
      append: () => Effect.fail(new AuditUnavailable({ cause: "full" }))
    })
    const message = yield* full(refusal([entry("other", wellBehaved)]))
    assert.include(message, '"other": its grants could not be recorded.')
  }).pipe(store, Effect.provide(MemoryAudit.layerMemory))
)

it.effect("T19: misspelt, unknown and not yet served capabilities stop the start", () =>
  Effect.gen(function* () {
    const wanting = (grant: string) => refusal([entry("p", wellBehaved, { capabilities: [grant] })])
    assert.include(yield* wanting("stor:notes"), "did you mean store:NAME?")
    for (const grant of [
      "http:a.example",
      "secret:S",
      "bus:room",
      "model:a",
      "clock",
      "random",
      "host_function:rain"
    ]) {
      assert.include(yield* wanting(grant), `"p": capability "${grant}" is not available in this version`)
    }
  }).pipe(store)
)

it.effect("a function of the embedding program can be imported where its name is granted", () =>
  Effect.gen(function* () {
    const uses = module("(nop)", { imports: '(import "extism:host/user" "weather" (func (param i64) (result i64)))' })
    const [one] = yield* load([entry("w", uses, { capabilities: ["host_function:weather"] })])
    assert.include(one?.info.imports ?? [], "extism:host/user/weather")
    assert.include(yield* refusal([entry("w", uses)]), 'it needs "host_function:weather"')
  }).pipe(store)
)

it.effect("a function of the embedding program may not have the name of another one", () =>
  Effect.gen(function* () {
    const functions = [...kv(yield* Store), { ...weather, name: "kv_get" }]
    const failure = yield* Effect.flip(loadAll({ ...loader(yield* Store), functions }, []))
    assert.include(failure.message, 'Two host functions have the name "kv_get"')
  }).pipe(store)
)

it.effect("two plugins of one name, or two tools of one name, stop the start", () =>
  Effect.gen(function* () {
    const twice = [entry("a", wellBehaved), entry("a", wellBehaved)]
    assert.include(yield* refusal(twice), 'Plugin "a": two [[plugins]] entries have this name')
    const clash = [entry("a", wellBehaved), entry("b", wellBehaved)]
    assert.match(yield* refusal(clash), /"b": its tool "evil" has the name of a tool of plugin "a"/)
  }).pipe(store)
)

it.effect("a plugin that cannot describe itself, or promises tools it has not, stops the start", () =>
  Effect.gen(function* () {
    const broken = pool(new CallFailed({ plugin: "a", kind: "deadline", message: "it ran too long" }))
    assert.include(yield* refusal([entry("a", wellBehaved)], broken), "could not describe itself: it ran too long")
    assert.include(yield* refusal([entry("a", wellBehaved)], pool("hello")), "its describe is not understood")
    const silent = wat('(module (func (export "describe")))')
    assert.include(yield* refusal([entry("a", silent)]), "exports no handle_tool_call")
    const odd = wat('(module (func (export "describe") (param i32)))')
    assert.include(yield* refusal([entry("a", odd)]), 'exports no function "describe" without parameters')
  }).pipe(store)
)

it.effect("skills and channels are told by what they export and say", () =>
  Effect.gen(function* () {
    const skill = wat('(module (func (export "describe")) (func (export "handle_message") (result i32) (i32.const 0)))')
    const says = pool('{"name":"s","type":"skill","description":""}')
    assert.deepStrictEqual((yield* load([entry("s", skill)], says))[0]?.info.kinds, ["skill"])
    const channel = wat('(module (func (export "describe")) (func (export "parse_incoming")))')
    const adapter = pool('{"name":"c","type":"channel_adapter","channel":"c","description":""}')
    assert.deepStrictEqual((yield* load([entry("c", channel)], adapter))[0]?.info.kinds, ["channel"])
  }).pipe(store)
)

const start = (entries: ReadonlyArray<PluginEntry>, slots?: ReturnType<typeof pool>) =>
  Effect.map(
    Effect.flatMap(Store, (open) => startAll(loader(open, slots), entries)),
    ({ leftOut, loaded }) => ({
      loaded: loaded.map(({ plugin }) => String(plugin.name)),
      leftOut: leftOut.map(({ message }) => message)
    })
  )
const stops = (entries: ReadonlyArray<PluginEntry>) => Effect.map(Effect.flip(start(entries)), ({ message }) => message)
const another = module("(nop)")
const wants = module("(nop)", { imports: '(import "extism:host/user" "weather" (func (param i64) (result i64)))' })

it.effect("T18: a start leaves out a plugin whose file changed under its grants, and says how it comes back", () =>
  Effect.gen(function* () {
    const grants = { capabilities: ["store:notes"] }
    const echo = entry("echo", wellBehaved)
    assert.deepStrictEqual(yield* start([entry("notes", wellBehaved, grants)]), { loaded: ["notes"], leftOut: [] })
    const changed = entry("notes", another, grants)
    const { leftOut, loaded } = yield* start([changed, echo])
    assert.deepStrictEqual(loaded, ["echo"])
    assert.match(leftOut[0] ?? "", /"notes": its file .* has changed since it was granted store:notes \(same imports/)
    assert.include(leftOut[0], "The gateway runs without it; `exoclaw plugin load notes` loads it")
    // it is left out again, and runs once it was agreed to
    assert.strictEqual((yield* start([changed])).leftOut.length, 1)
    yield* consent(yield* Store, changed.name, createHash("sha256").update(another).digest("hex")).pipe(as("root"))
    assert.deepStrictEqual(yield* start([changed]), { loaded: ["notes"], leftOut: [] })
  }).pipe(store)
)

it.effect(
  "T18: whatever is wrong with a changed file stops no start; with the file that ran before, or a new one, it does",
  () =>
    Effect.gen(function* () {
      const sha256 = createHash("sha256").update(wellBehaved).digest("hex")
      yield* start([entry("p", wellBehaved)])
      for (const [bytes, why] of [
        [Buffer.from("hello"), /core WebAssembly modules/],
        [wants, /it needs "host_function:weather"/],
        [wat("(module)"), /exports no function "describe"/]
      ] as const) {
        const { leftOut, loaded } = yield* start([entry("p", bytes)])
        assert.deepStrictEqual(loaded, [])
        assert.match(leftOut.join(), why)
        assert.match(yield* stops([entry("new", bytes)]), why)
      }
      const pinned = yield* start([entry("p", another, { sha256 })])
      assert.match(pinned.leftOut.join(), /is not the one the configuration names/)
      assert.match(yield* stops([entry("p", another, { sha256: "0".repeat(64) })]), /is not the one/)
      assert.match(yield* stops([entry("p", another, { capabilities: ["stor:x"] })]), /did you mean store:NAME/)
      assert.match(yield* stops([{ ...entry("p", another), path: path.join(folder, "gone.wasm") }]), /does not exist/)
      // the very file that ran, with less granted than it needs
      yield* start([entry("w", wants, { capabilities: ["host_function:weather"] })])
      assert.match(yield* stops([entry("w", wants)]), /it needs "host_function:weather"/)
      assert.match(yield* stops([entry("p", another), entry("p", another)]), /two \[\[plugins\]\] entries/)
    }).pipe(store)
)

it.effect("T18: a changed file takes no tool's name from a plugin that did not change", () =>
  Effect.gen(function* () {
    const other = pool(description("other"))
    yield* start([entry("late", wellBehaved)])
    yield* start([entry("early", another)], other)
    // now both say that their tool is called "evil"
    const { leftOut, loaded } = yield* start([entry("early", module("(nop) (nop)")), entry("late", wellBehaved)])
    assert.deepStrictEqual(loaded, ["late"])
    assert.match(leftOut.join(), /"early": its tool "evil" has the name of a tool of plugin "late"/)
    assert.match(yield* stops([entry("late", wellBehaved), entry("newer", wellBehaved)]), /tool names are unique/)
  }).pipe(store)
)

it.effect("T18: of two gateways that give one plugin two files at once, one is told that it changed", () =>
  Effect.gen(function* () {
    const file = path.join(folder, "two.db")
    const grants = { capabilities: ["store:notes"] }
    const gateway = (bytes: Uint8Array, outcome: Deferred.Deferred<void>, other: Deferred.Deferred<void>) =>
      Effect.gen(function* () {
        const open = yield* Store
        // both have read what was given before either writes what it gives
        const slots = pool(description("evil"))
        const waits: SlotPool["Service"] = {
          ...slots.service,
          call: (invocation, onHostCall) =>
            Effect.andThen(
              Effect.andThen(Deferred.succeed(outcome, undefined), Deferred.await(other)),
              slots.service.call(invocation, onHostCall)
            )
        }
        return yield* Effect.result(loadAll({ ...loader(open), pool: waits }, [entry("p", bytes, grants)]))
      }).pipe(Effect.provide(SqliteStore.layer(file)))
    const [a, b] = yield* Effect.all([Deferred.make<void>(), Deferred.make<void>()])
    const results = yield* Effect.all([gateway(wellBehaved, a, b), gateway(another, b, a)], { concurrency: 2 })
    const failures = results.filter(Result.isFailure)
    assert.strictEqual(failures.length, 1)
    assert.match(failures[0]?.failure.message ?? "", /has changed since it was granted store:notes/)
    const given = yield* Effect.flatMap(Store, (open) =>
      open.read((db) => db.all("SELECT sha256 FROM plugin_grants WHERE plugin = 'p'"))
    ).pipe(Effect.provide(SqliteStore.layer(file)))
    const winner = results.find(Result.isSuccess)?.success[0]?.info.sha256
    assert.deepStrictEqual(
      given.map((row) => row["sha256"]),
      [winner]
    )
  })
)
