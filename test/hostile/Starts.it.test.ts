/** Processes that do not start: whoever calls waits while it may pass, and is told what to do where it does not. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import { programs } from "../../layers/sandbox/Programs.ts"
import { Slots, type SlotsConfig } from "../../layers/sandbox/Slots.ts"
import { layer as pool, SlotPool } from "../../layers/sandbox/SlotPool.ts"
import { invoke } from "./invoke.ts"
import { wellBehaved } from "./modules.ts"

const size: SlotsConfig = { min: 2, max: 8, spare: 1, memoryMiB: 400 }
const LONG = 60_000
const SHORT = 1000
const NEXT = "; `exoclaw doctor` on its machine says what is wrong, and the next call tries again."

const until = (done: () => boolean) =>
  Effect.suspend(() => (done() ? Effect.void : Effect.fail("not yet"))).pipe(
    Effect.retry({ schedule: Schedule.spaced("10 millis"), times: 5000 })
  )

/** A machine on which no slot starts before `recover`; where `ready` it says that it runs before it ends. */
const machine = (ready: boolean) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(path.join(tmpdir(), "exoclaw-starts-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
    ),
    (folder) => {
      const [starts, well] = [path.join(folder, "starts"), path.join(folder, "well")]
      const script = path.join(import.meta.dirname, "fixtures", "late.mjs")
      const own = programs(60)
      const count = () => (existsSync(starts) ? readFileSync(starts, "utf8").length : 0)
      return {
        program: { ...own, slot: { ...own.slot, arguments: [script, starts, well, ready ? "ready" : ""] } },
        recover: Effect.sync(() => writeFileSync(well, "")),
        count,
        started: (times: number) => until(() => count() >= times)
      }
    }
  )

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

describe("slots that do not start", () => {
  it.live("T20: cost a wait where that passes: the call is kept, and answered once one starts", () =>
    Effect.gen(function* () {
      const { program, recover, started } = yield* machine(false)
      yield* Effect.gen(function* () {
        const calls = yield* Effect.forkChild(
          Effect.all([invoke(wellBehaved, LONG), invoke(wellBehaved, LONG)], { concurrency: "unbounded" })
        )
        // three times in a row was once enough to be refused
        yield* started(8)
        yield* recover
        for (const output of yield* Fiber.join(calls)) assert.strictEqual(text(output), "fine")
        assert.strictEqual(text(yield* invoke(wellBehaved, LONG)), "fine")
      }).pipe(Effect.provide(pool(size, LONG, program)))
    })
  )

  it.live("T20: are tried one at a time once none started, however many calls wait", () =>
    Effect.gen(function* () {
      const { count, program, started } = yield* machine(false)
      yield* Effect.gen(function* () {
        const calls = yield* Effect.forkChild(
          Effect.forEach(Array.from({ length: 40 }), () => Effect.flip(invoke(wellBehaved, 3000)), {
            concurrency: "unbounded"
          })
        )
        yield* started(1)
        yield* Fiber.join(calls)
        // three rounds of as many as are wanted, and then one a second
        assert.isAtMost(count(), 3 * size.max + 4)
      }).pipe(Effect.provide(pool(size, LONG, program)))
    })
  )

  it.live("T20: are told with the next step to whoever has waited as long as the call could take", () =>
    Effect.gen(function* () {
      const { program } = yield* machine(false)
      yield* Effect.gen(function* () {
        // the machine decides how long a start takes: at the latest with the first that failed
        for (let round = 0; round < 3; round++) {
          const failure = yield* Effect.flip(invoke(wellBehaved, 2000))
          assert.strictEqual(failure.kind, "unavailable")
          assert.match(failure.message, /failed: the sandbox's processes do not start \(exit code 3\); /)
          assert.isTrue(failure.message.endsWith(NEXT), failure.message)
        }
      }).pipe(Effect.provide(pool(size, LONG, program)))
    })
  )

  it.live(
    "T20: what a slot says while the gateway is busy is heard later: it is not waited for in vain and replaced",
    () =>
      Effect.gen(function* () {
        const { count, program, recover, started } = yield* machine(false)
        yield* recover
        yield* Effect.gen(function* () {
          const { processes, warm } = yield* SlotPool
          yield* warm
          // as a gateway is that compiles its first turn: both slots have long said that they run
          yield* Effect.sync(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500))
          yield* started(2)
          assert.strictEqual(text(yield* invoke(wellBehaved, LONG)), "fine")
          const all = Effect.flatMap(processes, (now) =>
            now.starting > 0 ? Effect.fail("not yet") : Effect.succeed(now)
          )
          yield* Effect.retry(all, { schedule: Schedule.spaced("10 millis"), times: 5000 })
          assert.strictEqual(count(), 2)
        }).pipe(Effect.provide(pool(size, LONG, program)))
      })
  )

  it.live("T20: are waited for where a stopped zygote holds them up: one that failed is no reason to give up", () =>
    Effect.gen(function* () {
      const { processes } = yield* SlotPool
      yield* invoke(wellBehaved, LONG)
      // one that is still on its way would answer in place of the next zygote's
      const all = Effect.flatMap(processes, (now) => (now.starting > 0 ? Effect.fail("not yet") : Effect.succeed(now)))
      const { slots, zygote } = yield* Effect.retry(all, { schedule: Schedule.spaced("10 millis"), times: 5000 })
      assert(zygote !== undefined)
      process.kill(zygote, "SIGSTOP")
      for (const pid of slots) process.kill(pid, "SIGKILL")
      const gone = Effect.flatMap(processes, (now) => (now.slots.length > 0 ? Effect.fail("not yet") : Effect.void))
      yield* Effect.retry(gone, { schedule: Schedule.spaced("10 millis"), times: 5000 })
      assert.isAbove((yield* invoke(wellBehaved, SHORT)).length, 0)
      assert.notStrictEqual((yield* processes).zygote, zygote)
    }).pipe(Effect.provide(pool(size, LONG)))
  )

  for (const [what, node, how] of [
    ["a program that is not there", "/nonexistent/node", "ENOENT"],
    ["a start that Node itself refuses", "no\0de", "ERR_INVALID_ARG_VALUE"]
  ] as const) {
    it.live(`T20: ${what}: the call says so, and the gateway's loop goes round meanwhile`, () =>
      Effect.gen(function* () {
        const own = programs(60)
        const failure = yield* Effect.flip(invoke(wellBehaved, SHORT)).pipe(
          Effect.provide(pool(size, LONG, { ...own, slot: { ...own.slot, node } }))
        )
        assert.strictEqual(failure.kind, "unavailable")
        assert.include(failure.message, `do not start (${how})${NEXT}`)
      })
    )
  }

  it.live("T20: one that cannot even be spawned leaves those that run alone", () =>
    Effect.gen(function* () {
      const own = programs(60)
      const program = { ...own, slot: { ...own.slot, arguments: ["no\0slot"] } }
      const slots = yield* Effect.acquireRelease(
        Effect.sync(() => new Slots({ ...size, min: 1 }, program)),
        (open) => Effect.promise(() => open.close())
      )
      slots.want()
      const zygote = slots.zygotePid
      yield* until(() => slots.trouble !== undefined)
      assert.include(slots.trouble ?? "", "ERR_INVALID_ARG_VALUE")
      assert.isDefined(zygote)
      assert.strictEqual(slots.zygotePid, zygote)
    })
  )

  it.live("T20: that end as soon as they run are not started without end, and again for a call", () =>
    Effect.gen(function* () {
      const { program, recover, started } = yield* machine(true)
      const slots = yield* Effect.acquireRelease(
        Effect.sync(() => new Slots(size, program)),
        (open) => Effect.promise(() => open.close())
      )
      slots.want()
      yield* started(3)
      // one that is started again takes the place of another in the same moment
      yield* until(() => slots.starting === 0 && slots.pids.length === 0)
      yield* recover
      const lease = slots.lease("a")
      yield* until(() => !lease.waits)
      assert.isTrue(lease.slot?.alive)
      lease.close()
    })
  )
})
