import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { afterAll, assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { PluginName } from "../../src/domain/Ids.ts"
import { CallFailed } from "../../src/sandbox/PluginError.ts"
import { ofTenant } from "../../src/sandbox/Breakers.ts"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
import * as SandboxLayer from "../../layers/sandbox/Sandbox.ts"
import { SlotPool } from "../../layers/sandbox/SlotPool.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { plugin, wat } from "../hostile/modules.ts"
import { as, casil, compiled, context, echo, inspected, notes, sandbox, settings } from "./support.ts"

const folder = mkdtempSync(path.join(tmpdir(), "exoclaw-sandbox-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const entry = (name: string, bytes: Uint8Array, capabilities: ReadonlyArray<string> = []) => {
  const file = path.join(folder, `${name}.wasm`)
  writeFileSync(file, bytes)
  return { name: PluginName.make(name), path: file, capabilities }
}

it.live("tools of several plugins answer, each in a fresh instance", () =>
  Effect.gen(function* () {
    const built = yield* Effect.promise(() => compiled)
    yield* Effect.gen(function* () {
      const { callTool, plugins, tools } = yield* Sandbox
      assert.deepStrictEqual(
        tools.map((tool) => tool.name),
        ["echo", "note_save", "note_list", "note_get", "note_find", "note_delete"]
      )
      assert.deepStrictEqual(
        plugins.map(({ name, kinds, grants }) => ({ name: String(name), kinds, grants })),
        [
          { name: "echo", kinds: ["tool"], grants: [] },
          { name: "notes", kinds: ["tool"], grants: ["store:notes"] }
        ]
      )
      const said = yield* callTool("echo", inspected({ message: 'hi "there" 🐈' }), context)
      assert.deepStrictEqual(said, { content: 'echo: hi "there" 🐈', isError: false })
      const many = yield* Effect.forEach(
        Array.from({ length: 50 }, (_, index) => `m${index}`),
        (message) => callTool("echo", inspected({ message }), context),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        many.map((one) => one.content),
        Array.from({ length: 50 }, (_, index) => `echo: m${index}`)
      )
    }).pipe(as("local"), Effect.provide(sandbox({ plugins: [echo(built), notes(built)] })))
  })
)

it.live("an instance keeps nothing from the call before", () =>
  Effect.gen(function* () {
    const counter = plugin(
      `(global.set $count (i32.add (global.get $count) (i32.const 1)))
       (i32.store8 (i32.const 0) (i32.add (i32.const 48) (global.get $count))) (drop (call $out (i32.const 1)))`,
      { more: "(global $count (mut i32) (i32.const 0))" }
    )
    yield* Effect.gen(function* () {
      const { callTool } = yield* Sandbox
      for (let call = 0; call < 3; call++) {
        assert.strictEqual((yield* callTool("evil", inspected({}), context)).content, "1")
      }
    }).pipe(as("local"), Effect.provide(sandbox({ plugins: [entry("counter", counter)] })))
  })
)

it.live("a second start over the same store needs no process, and warming is a choice", () =>
  Effect.gen(function* () {
    const built = yield* Effect.promise(() => compiled)
    const start = SandboxLayer.layer({ plugins: [echo(built), notes(built)], ...settings }).pipe(
      Layer.provide([casil, SqliteStore.layer(path.join(folder, "store.sqlite"))])
    )
    const first = yield* Effect.flatMap(SlotPool, (pool) => pool.processes).pipe(Effect.provide(start))
    assert.isNumber(first.zygote)
    yield* Effect.gen(function* () {
      const pool = yield* SlotPool
      const { callTool, tools } = yield* Sandbox
      assert.strictEqual(tools.length, 6)
      assert.deepStrictEqual(yield* pool.processes, { zygote: undefined, slots: [], idle: 0, starting: 0 })
      yield* pool.warm
      const said = yield* callTool("echo", inspected({ message: "hi" }), context)
      assert.strictEqual(said.content, "echo: hi")
    }).pipe(as("local"), Effect.provide(Layer.fresh(start)))
  })
)

it.live("T19: a plugin describes itself without its grants", () =>
  Effect.gen(function* () {
    const greedy = wat(`(module
      (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
      (import "extism:host/env" "store_u8" (func $store (param i64 i32)))
      (import "extism:host/env" "output_set" (func $output (param i64 i64)))
      (import "extism:host/env" "length" (func $length (param i64) (result i64)))
      (import "extism:host/user" "kv_list" (func $list (param i64) (result i64)))
      (memory 1)
      (func $ask (result i32) (local $reply i64)
        (local.set $reply (call $alloc (i64.const 2)))
        (call $store (local.get $reply) (i32.const 123))
        (call $store (i64.add (local.get $reply) (i64.const 1)) (i32.const 125))
        (local.set $reply (call $list (local.get $reply)))
        (call $output (local.get $reply) (call $length (local.get $reply)))
        (i32.const 0))
      (func (export "describe") (result i32) (call $ask))
      (func (export "handle_tool_call") (result i32) (call $ask)))`)
    const build = Effect.scoped(
      Effect.provide(Sandbox, sandbox({ plugins: [entry("greedy", greedy, ["store:notes"])] }))
    )
    const failure = yield* Effect.flip(build)
    assert.include(failure.message, "its describe is not understood")
  })
)

it.live("config reaches the plugin, and nothing that every object has", () =>
  Effect.gen(function* () {
    const key = (text: string) =>
      [...Buffer.from(text)]
        .map((byte, index) => `(call $store (i64.add (local.get $k) (i64.const ${index})) (i32.const ${byte}))`)
        .join("")
    const ask = (text: string) =>
      plugin(`(drop (call $ask))`, {
        imports: `(import "extism:host/env" "config_get" (func $config (param i64) (result i64)))
          (import "extism:host/env" "length" (func $length (param i64) (result i64)))`,
        more: `(func $ask (result i32) (local $k i64)
          (local.set $k (call $alloc (i64.const ${text.length}))) ${key(text)}
          (local.set $k (call $config (local.get $k)))
          (if (i64.eqz (local.get $k)) (then (drop (call $out (i32.const 1)))) (else
            (call $output (local.get $k) (call $length (local.get $k))))) (i32.const 0))`
      })
    for (const [name, text, says] of [
      ["text", "city", "Zürich"],
      ["json", "many", "[1,2]"],
      ["proto", "__proto__", "{"],
      ["inherited", "toString", "{"]
    ] as const) {
      yield* Effect.gen(function* () {
        const { callTool } = yield* Sandbox
        assert.strictEqual((yield* callTool("evil", inspected({}), context)).content, says)
      }).pipe(
        as("local"),
        Effect.provide(sandbox({ plugins: [{ ...entry(name, ask(text)), config: { city: "Zürich", many: [1, 2] } }] }))
      )
    }
  })
)

it.live("T20: log lines of one call are bounded, and written under the plugin's name", () =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const collector = Logger.make((logged) => void lines.push(String(logged.message)))
    const chatty = plugin(
      `(local $i i32) (loop $again (call $log (call $alloc (i64.const 3)))
       (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 300))))
       (drop (call $out (i32.const 1)))`,
      { imports: '(import "extism:host/env" "log_info" (func $log (param i64)))' }
    )
    yield* Effect.gen(function* () {
      const { callTool } = yield* Sandbox
      assert.strictEqual((yield* callTool("evil", inspected({}), context)).content, "{")
      assert.strictEqual(lines.length, 100)
    }).pipe(
      as("local"),
      Effect.provide(Logger.layer([collector])),
      Effect.provide(
        SandboxLayer.layer({ plugins: [entry("chatty", chatty)], ...settings }).pipe(
          Layer.provide([casil, SqliteStore.layerMemory])
        )
      )
    )
  })
)

it.live(
  "T20: a plugin that is stopped again and again rests for that tenant; other plugins and other tenants do not",
  () =>
    Effect.gen(function* () {
      const built = yield* Effect.promise(() => compiled)
      yield* Effect.gen(function* () {
        const { callTool } = yield* Sandbox
        for (let call = 0; call < ofTenant.failures; call++) {
          const failure = yield* Effect.flip(callTool("evil", inspected({}), context))
          assert(failure.reason instanceof CallFailed && failure.reason.kind === "deadline")
        }
        const resting = yield* Effect.flip(callTool("evil", inspected({}), context))
        assert(resting.reason instanceof CallFailed && resting.reason.kind === "unavailable")
        assert.match(resting.message, /stopped too often and rests for \d+ s/)
        assert.strictEqual((yield* callTool("echo", inspected({ message: "x" }), context)).content, "echo: x")
        const other = yield* Effect.flip(callTool("evil", inspected({}), context)).pipe(as("local", "other"))
        assert(other.reason instanceof CallFailed && other.reason.kind === "deadline")
      }).pipe(
        as("local"),
        Effect.provide(sandbox({ plugins: [entry("spinner", plugin("(loop (br 0))")), echo(built)], deadlineMs: 1000 }))
      )
    })
)

it.live("a skill answers a message, and only a skill", () =>
  Effect.gen(function* () {
    const data = (text: string) => text.replaceAll('"', '\\"')
    const description = '{"name":"s","type":"skill","description":""}'
    const reply = '{"text":"hello"}'
    const skill = wat(`(module
      (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
      (import "extism:host/env" "store_u8" (func $store (param i64 i32)))
      (import "extism:host/env" "output_set" (func $output (param i64 i64)))
      (memory 1)
      (data (i32.const 0) "${data(description)}") (data (i32.const 100) "${data(reply)}")
      (func $say (param $from i32) (param $length i32) (local $block i64) (local $i i32)
        (local.set $block (call $alloc (i64.extend_i32_u (local.get $length))))
        (loop $next
          (call $store (i64.add (local.get $block) (i64.extend_i32_u (local.get $i)))
            (i32.load8_u (i32.add (local.get $from) (local.get $i))))
          (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $length))))
        (call $output (local.get $block) (i64.extend_i32_u (local.get $length))))
      (func (export "describe") (call $say (i32.const 0) (i32.const ${description.length})))
      (func (export "handle_message") (call $say (i32.const 100) (i32.const ${reply.length}))))`)
    const built = yield* Effect.promise(() => compiled)
    yield* Effect.gen(function* () {
      const { callTool, handleMessage } = yield* Sandbox
      const message = inspected({ text: "hi", channel: "cli", peer_id: "me" })
      assert.strictEqual(yield* handleMessage(PluginName.make("skill"), message, context), "hello")
      for (const name of ["echo", "nobody"]) {
        const failure = yield* Effect.flip(handleMessage(PluginName.make(name), message, context))
        assert.match(failure.message, new RegExp(`no skill plugin "${name}"`))
      }
      const unknown = yield* Effect.flip(callTool("nothing", inspected({}), context))
      assert(unknown.reason instanceof CallFailed && unknown.reason.kind === "unknown_tool")
    }).pipe(as("local"), Effect.provide(sandbox({ plugins: [entry("skill", skill), echo(built)] })))
  })
)
