/** Every call has an instance of its own, also where the slot has made it before the call came. */
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SlotPool from "../../layers/sandbox/SlotPool.ts"
import { quotas } from "../../layers/sandbox/Frame.ts"
import { invoke } from "../hostile/invoke.ts"
import { plugin } from "../hostile/modules.ts"
import { block, data, helpers } from "./guest.ts"

const IMPORTS = `
  (import "extism:host/user" "log" (func $log (param i64) (result i64)))
  (import "extism:host/env" "var_get" (func $get (param i64) (result i64)))
  (import "extism:host/env" "var_set" (func $set (param i64 i64)))
  (global $calls (mut i32) (i32.const 0))`

/** Counts in a global, in memory and in a variable, and puts the three counts out. */
const counter = plugin(
  `(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
   (i32.store8 (i32.const 900) (i32.add (i32.load8_u (i32.const 900)) (i32.const 1)))
   (i32.store8 (i32.const 200) (i32.add (i32.const 48) (global.get $calls)))
   (i32.store8 (i32.const 201) (i32.add (i32.const 48) (i32.load8_u (i32.const 900))))
   (i32.store8 (i32.const 202) (i32.add (i32.const 48) (i64.eqz (call $get ${block("seen")}))))
   (call $set ${block("seen")} ${block("seen")})
   (call $text (i32.const 200) (i32.const 3))`,
  {
    imports: IMPORTS,
    more: `${helpers} ${data("seen")}
      (func (export "_initialize")
        (drop (call $log ${block("seen")}))
        (global.set $calls (i32.add (global.get $calls) (i32.const 1))))`
  }
)

const spawned = SlotPool.layer({ min: 1, max: 1, spare: 0, memoryMiB: 400 }, 20_000)

layer(spawned)("an instance", (it) => {
  it.effect("is fresh in every call, its start-up code runs within the call, and no process is spent", () =>
    Effect.gen(function* () {
      const pool = yield* SlotPool.SlotPool
      let asked = 0
      const heard = () =>
        Effect.sync(() => {
          asked++
          return new TextEncoder().encode('{"ok":null}')
        })
      const pids = new Set<number>()
      for (let call = 1; call <= 8; call++) {
        const output = yield* invoke(counter, 20_000, heard)
        assert.strictEqual(new TextDecoder().decode(output), "211", `call ${call}`)
        // one that asked before it was called would have lost its process
        assert.strictEqual(asked, call)
        for (const pid of (yield* pool.processes).slots) pids.add(pid)
      }
      assert.strictEqual(pids.size, 1)
    })
  )

  it.effect(
    "T20: of a module that passes admission and does not compile costs no process, however often it is called",
    () =>
      Effect.gen(function* () {
        const pool = yield* SlotPool.SlotPool
        const pids = new Set<number>()
        // an i64 where an i32 is promised, which only the engine sees
        const broken = plugin("(drop (i32.add (i64.const 1) (i32.const 1)))")
        for (let call = 1; call <= 4; call++) {
          const { message } = yield* Effect.flip(invoke(broken, 20_000))
          assert.match(message, /type error|expected type/)
          for (const pid of (yield* pool.processes).slots) pids.add(pid)
        }
        yield* invoke(counter, 20_000)
        for (const pid of (yield* pool.processes).slots) pids.add(pid)
        assert.strictEqual(pids.size, 1)
      })
  )

  it.effect("that says why it failed is quoted once, also where it then traps", () =>
    Effect.gen(function* () {
      const saying = (then: string) =>
        plugin(`(call $fail ${block("kein Glück")}) ${then}`, {
          imports: '(import "extism:host/env" "error_set" (func $fail (param i64)))',
          more: `${helpers} ${data("kein Glück")}`
        })
      const failing = yield* Effect.flip(invoke(saying("(return (i32.const 1))"), 20_000))
      assert.strictEqual(failing.message, 'Plugin "evil" failed: kein Glück.')
      const trapping = yield* Effect.flip(invoke(saying("(unreachable)"), 20_000))
      assert.match(trapping.message, /^Plugin "evil" failed: kein Glück: .*unreachable/)
    })
  )

  it.effect("T20: has the whole of its quotas, however much the one before used", () =>
    Effect.gen(function* () {
      const most = quotas.hostCalls - 1
      const greedy = plugin(
        `(local $i i32) (loop $again (drop (call $log ${block("seen")}))
           (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const ${most}))))
         (call $text (i32.const 1000) (i32.const 4))`,
        { imports: IMPORTS, more: `${helpers} ${data("seen")}` }
      )
      for (let call = 0; call < 4; call++) {
        assert.strictEqual(new TextDecoder().decode(yield* invoke(greedy, 20_000)), "seen", `call ${call}`)
      }
    })
  )

  it.effect("that cannot be made says so in each call, and the next plugin works", () =>
    Effect.gen(function* () {
      const broken = plugin("(nop)", { imports: IMPORTS, more: `${helpers} (data (i32.const 65535) "beyond")` })
      for (let call = 0; call < 4; call++) {
        const failure = yield* Effect.flip(invoke(broken, 20_000))
        assert.strictEqual(failure.kind, "trap")
        assert.match(failure.message, /data segment/)
      }
      assert.strictEqual(new TextDecoder().decode(yield* invoke(counter, 20_000)), "211")
    })
  )

  it.effect("puts out as much of a block as it names, as it is when the call is over", () =>
    Effect.gen(function* () {
      const of = (length: number, more = "") =>
        Effect.map(
          invoke(
            plugin(
              `(local $block i64) (local.set $block ${block("seen")})
               (call $output (local.get $block) (i64.const ${length})) ${more}`,
              { imports: IMPORTS, more: `${helpers} ${data("seen")}` }
            ),
            20_000
          ),
          (bytes) => new TextDecoder().decode(bytes)
        )
      assert.strictEqual(yield* of(4), "seen")
      assert.strictEqual(yield* of(2), "se")
      assert.strictEqual(yield* of(0), "")
      assert.strictEqual(yield* of(3, "(call $store (local.get $block) (i32.const 66))"), "Bee")
      assert.strictEqual((yield* Effect.flip(of(5))).kind, "trap")
      assert.strictEqual((yield* Effect.flip(of(-1))).kind, "trap")
    })
  )

  it.effect("that returns a number has failed, whatever it put out; nothing is nothing, and 0 is success", () =>
    Effect.gen(function* () {
      const returning = (number: number) =>
        plugin(`(call $text (i32.const 1000) (i32.const 4)) (return (i32.const ${number}))`, {
          imports: IMPORTS,
          more: `${helpers} ${data("seen")}`
        })
      assert.strictEqual(new TextDecoder().decode(yield* invoke(returning(0), 20_000)), "seen")
      for (const code of [1, -1, 3]) {
        const failure = yield* Effect.flip(invoke(returning(code), 20_000))
        assert.strictEqual(failure.kind, "trap")
        assert.include(failure.message, `it returned ${code}`)
      }
    })
  )

  it.effect("T28: a process that keeps too many modules gives way to a fresh one, and all of them work", () =>
    Effect.gen(function* () {
      const pool = yield* SlotPool.SlotPool
      const pids = new Set<number>()
      for (let number = 0; number < 40; number++) {
        // other bytes, so another module
        const version = Uint8Array.from([...counter, 0, 2, 1, number])
        assert.strictEqual(new TextDecoder().decode(yield* invoke(version, 20_000)), "211")
        for (const pid of (yield* pool.processes).slots) pids.add(pid)
      }
      assert.isAbove(pids.size, 1)
    })
  )
})
