/** The kernel in our own words, and the WASI shim, from inside a slot. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { afterAll, assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { PluginName } from "../../src/domain/Ids.ts"
import { granted } from "../../src/sandbox/HostFunction.ts"
import { CallFailed } from "../../src/sandbox/PluginError.ts"
import { wasi } from "../../src/sandbox/Wasi.ts"
import * as SlotPool from "../../layers/sandbox/SlotPool.ts"
import { trial } from "../../layers/sandbox/Trial.ts"
import { plugin } from "../hostile/modules.ts"
import { helpers, show } from "./guest.ts"
import { as, context } from "./support.ts"

const folder = mkdtempSync(path.join(tmpdir(), "exoclaw-kernel-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const nothing = { argument: Schema.Unknown, run: () => Effect.succeed(null) }
const functions = [
  granted({ name: "now", capability: "clock", ...nothing }),
  granted({ name: "random", capability: "random", ...nothing })
]
let count = 0

/** Runs `handle_tool_call` of such a module. */
const run = (bytes: Uint8Array, capabilities: ReadonlyArray<string> = [], input = "") =>
  Effect.gen(function* () {
    const file = path.join(folder, `${++count}.wasm`)
    writeFileSync(file, bytes)
    return yield* trial(yield* SlotPool.SlotPool, {
      entry: { name: PluginName.make("tried"), path: file, capabilities },
      export: "handle_tool_call",
      input,
      functions,
      deadlineMs: 20_000,
      context
    })
  }).pipe(as("local"))

const fails = (bytes: Uint8Array, capabilities: ReadonlyArray<string> = []) =>
  Effect.map(Effect.flip(run(bytes, capabilities)), (failure) => {
    assert.instanceOf(failure, CallFailed)
    return failure
  })

const shim = (name: string): string => {
  const known = wasi.find((one) => one.name === name)
  const params = known?.params.map((type) => `(param ${type})`).join(" ") ?? ""
  return `(import "wasi_snapshot_preview1" "${name}" (func $${name} ${params} ${known?.results.length === 1 ? "(result i32)" : ""}))`
}
/** Calls one function of the shim with zeros, but for the first two. */
const call = (name: string, first = "0", second = "0"): string => {
  const params = wasi.find((one) => one.name === name)?.params ?? []
  return `(call $${name} ${params.map((type, index) => `(${type}.const ${[first, second][index] ?? "0"})`).join(" ")})`
}
const using = (names: ReadonlyArray<string>, body: string) =>
  plugin(body, { imports: names.map(shim).join(""), more: helpers })

layer(SlotPool.layer({ min: 1, max: 1, spare: 0, memoryMiB: 400 }, 20_000))("WASI", (it) => {
  it.effect("T20: every function but those of start-up and grants answers an error", () =>
    Effect.gen(function* () {
      const working = ["args_get", "args_sizes_get", "environ_get", "environ_sizes_get", "proc_exit", "proc_raise"]
      const names = wasi.map((one) => one.name).filter((name) => !working.includes(name))
      const counted = names.map((name) => `(local.set $n (i32.add (local.get $n) (i32.eqz ${call(name)})))`)
      const said = yield* run(using(names, `(local $n i32) ${counted.join("")} ${show("(local.get $n)")}`))
      assert.strictEqual(said.output, "0")
      assert.isAbove(names.length, 35)
    })
  )

  it.effect("arguments and environment are empty", () =>
    Effect.gen(function* () {
      for (const name of ["args_sizes_get", "environ_sizes_get"]) {
        const body = `(i32.store (i32.const 300) (i32.const 7)) (drop ${call(name, "300", "304")})
          ${show("(i32.add (i32.load (i32.const 300)) (i32.load (i32.const 304)))")}`
        assert.strictEqual((yield* run(using([name], body))).output, "0")
      }
    })
  )

  it.effect("T20: clock and random work under their grants alone, and within the memory alone", () =>
    Effect.gen(function* () {
      const clock = using(
        ["clock_time_get"],
        `(if (i32.or ${`(call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 304))`}
           (i64.eqz (i64.load (i32.const 304)))) (then (unreachable))) ${show("(i32.const 1)")}`
      )
      assert.strictEqual((yield* run(clock, ["clock"])).output, "1")
      assert.match(
        (yield* fails(clock, ["random"])).message,
        /unreachable \(it asked for clock, which it is not granted/
      )
      const random = using(
        ["random_get"],
        `(if (i32.or ${call("random_get", "304", "64")}
           (i64.eqz (i64.or (i64.load (i32.const 304)) (i64.load (i32.const 312))))) (then (unreachable)))
         ${show("(i32.const 1)")}`
      )
      assert.strictEqual((yield* run(random, ["random"])).output, "1")
      assert.match((yield* fails(random)).message, /asked for random/)
      for (const [offset, length] of [
        ["65530", "64"],
        ["-1", "1"],
        ["0", "65537"],
        ["0", "-1"]
      ] as const) {
        const beyond = using(["random_get"], show(`(i32.eq (i32.const 21) ${call("random_get", offset, length)})`))
        assert.strictEqual((yield* run(beyond, ["random"])).output, "1", `${offset} ${length}`)
      }
    })
  )

  it.effect("T20: proc_exit and proc_raise end the call, and the next one works", () =>
    Effect.gen(function* () {
      const exits = yield* fails(using(["proc_exit"], call("proc_exit", "7")))
      assert.strictEqual(exits.kind, "trap")
      assert.include(exits.message, "ended itself with code 7")
      assert.include((yield* fails(using(["proc_raise"], `(drop ${call("proc_raise", "9")})`))).message, "signal")
      assert.strictEqual((yield* run(using([], show("(i32.const 4)")))).output, "4")
    })
  )
})

const VARS = `
  (import "extism:host/env" "var_set" (func $var_set (param i64 i64)))
  (import "extism:host/env" "var_get" (func $var_get (param i64) (result i64)))
  (import "extism:host/env" "length" (func $size (param i64) (result i64)))`
const variables = (body: string) => plugin(body, { imports: VARS, more: helpers })
const KEY = "(call $block (i32.const 0) (i32.const 4))"

layer(SlotPool.layer({ min: 1, max: 1, spare: 0, memoryMiB: 400 }, 20_000))("variables", (it) => {
  const size = `(i32.wrap_i64 (call $size (call $var_get ${KEY})))`

  it.effect("are set, read, replaced and removed within one call, and are gone in the next", () =>
    Effect.gen(function* () {
      const set = (length: number) => `(call $var_set ${KEY} (call $block (i32.const 10) (i32.const ${length})))`
      assert.strictEqual((yield* run(variables(`${set(3)} ${set(5)} ${show(size)}`))).output, "5")
      assert.strictEqual((yield* run(variables(show(size)))).output, "0")
      assert.strictEqual(
        (yield* run(variables(`${set(3)} (call $var_set ${KEY} (i64.const 0)) ${show(size)}`))).output,
        "0"
      )
    })
  )

  it.effect("are copies: writing into what was read changes nothing", () =>
    Effect.gen(function* () {
      const read = `(call $var_get ${KEY})`
      const said = yield* run(
        variables(`(call $var_set ${KEY} (call $block (i32.const 0) (i32.const 4)))
          (call $store ${read} (i32.const 88)) (call $output ${read} (i64.const 4))`)
      )
      assert.strictEqual(said.output, '{"na')
    })
  )

  it.effect("T20: their bytes are limited, and so is reading one again and again", () =>
    Effect.gen(function* () {
      const big = "(call $alloc (i64.const 600000))"
      const two = `(call $var_set (call $block (i32.const 0) (i32.const 2)) ${big}) (call $var_set ${KEY} ${big})`
      const full = yield* fails(variables(two))
      assert.strictEqual(full.kind, "quota")
      assert.include(full.message, "bytes in variables")
      const reads = yield* fails(variables(`(call $var_set ${KEY} ${big}) (loop (drop (call $var_get ${KEY})) (br 0))`))
      assert.strictEqual(reads.kind, "quota")
    })
  )
})

layer(SlotPool.layer({ min: 1, max: 1, spare: 0, memoryMiB: 400 }, 20_000))("the input", (it) => {
  const reading = (byte: string, word: string) =>
    plugin(
      `(i64.store (i32.const 200) (call $word (i64.const ${word})))
       (i32.store8 (i32.const 208) (call $byte (i64.const ${byte}))) (call $text (i32.const 200) (i32.const 9))`,
      {
        imports: `(import "extism:host/env" "input_load_u8" (func $byte (param i64) (result i32)))
          (import "extism:host/env" "input_load_u64" (func $word (param i64) (result i64)))`,
        more: helpers
      }
    )
  const zeros = "\0".repeat(8)

  it.effect("is read byte by byte and by eight, and is zero beyond its end, as in Extism's own kernel", () =>
    Effect.gen(function* () {
      const read = (byte: string, word: string, input = "abcdefghij") =>
        Effect.map(run(reading(byte, word), [], input), ({ output }) => output)
      assert.strictEqual(yield* read("9", "2"), "cdefghijj")
      assert.strictEqual(yield* read("10", "3"), `${zeros}\0`)
      assert.strictEqual(yield* read("-1", "-8"), `${zeros}\0`)
      assert.strictEqual(yield* read("0x7fffffffffffffff", "0xfffffffffffffffa"), `${zeros}\0`)
      assert.strictEqual(yield* read("0", "0", ""), `${zeros}\0`)
    })
  )
})
