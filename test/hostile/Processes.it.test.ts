/** Processes that lie, die or are killed: no call hangs, none is left behind, the next call works. */
import { AsyncLocalStorage } from "node:async_hooks"
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import * as path from "node:path"
import { createInterface } from "node:readline"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import { confinement } from "../../layers/sandbox/Confinement.ts"
import { programs } from "../../layers/sandbox/Programs.ts"
import { layer as pool, SlotPool } from "../../layers/sandbox/SlotPool.ts"
import { data, helpers } from "../sandbox/guest.ts"
import { invoke } from "./invoke.ts"
import { plugin, wellBehaved } from "./modules.ts"

const size = { min: 1, max: 2, spare: 1, memoryMiB: 400 }
const PATIENCE = 20_000
const real = pool(size, PATIENCE)
const spin = plugin("(loop (br 0))")
/** Calls the host once, so that the test knows that it runs, then spins. */
const announces = plugin("(drop (call $log (call $alloc (i64.const 1)))) (loop (br 0))", {
  imports: '(import "extism:host/user" "log" (func $log (param i64) (result i64)))'
})

/** Calls the host once, and answers. */
const asks = plugin("(drop (call $log (call $alloc (i64.const 1)))) (call $text (i32.const 1000) (i32.const 2))", {
  imports: '(import "extism:host/user" "log" (func $log (param i64) (result i64)))',
  more: `${helpers} ${data("{}")}`
})

/** Slots that run the fixture instead of their own program. */
const lying = (how: string) => {
  const program = programs(60)
  const script = path.join(import.meta.dirname, "fixtures", "liar.mjs")
  return pool(size, PATIENCE, { ...program, slot: { ...program.slot, arguments: [script, how] } })
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

/** Zombies are nobody's burden: only what still runs counts. */
const runs = (pid: number): boolean => {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))
  } catch {
    return false
  }
}
const gone = (pids: ReadonlyArray<number>) =>
  Effect.suspend(() => (pids.some(runs) ? Effect.fail("still there") : Effect.void)).pipe(
    Effect.retry({ schedule: Schedule.spaced("10 millis"), times: 1000 })
  )
const processes = Effect.flatMap(SlotPool, (slots) => slots.processes)

/** Runs a spinning call; gives its fiber once the plugin runs. */
const spinning = Effect.gen(function* () {
  const started = yield* Deferred.make<void>()
  const fiber = yield* Effect.forkChild(
    Effect.flip(
      invoke(announces, PATIENCE, () => Effect.as(Deferred.succeed(started, undefined), new TextEncoder().encode("{}")))
    )
  )
  yield* Deferred.await(started)
  return fiber
})

describe("a slot that lies", () => {
  for (const [how, kind] of [
    ["exit", "crashed"],
    ["crash", "crashed"],
    ["half a frame", "crashed"],
    ["a frame of 4 GB", "crashed"],
    ["an unknown frame", "crashed"],
    ["a frame of the gateway", "crashed"],
    ["ready again", "crashed"],
    ["ready with a body", "crashed"],
    ["an answer too long", "crashed"],
    ["a failure that is no JSON", "crashed"],
    ["a failure that is null", "crashed"],
    ["a failure without a message", "crashed"],
    ["a failure of an unknown kind", "crashed"],
    ["a failure too long", "crashed"],
    ["a host call without a name", "crashed"],
    ["a host call shorter than its name", "crashed"],
    ["a host call with a huge argument", "crashed"],
    ["host calls without end", "crashed"]
  ] as const) {
    it.live(`T20: ${how}: the call fails, its process is killed, and another takes its place`, () =>
      Effect.gen(function* () {
        const first = yield* Effect.flip(invoke(wellBehaved, PATIENCE))
        assert.strictEqual(first.kind, kind)
        const second = yield* Effect.flip(invoke(wellBehaved, PATIENCE))
        assert.strictEqual(second.kind, kind)
      }).pipe(Effect.provide(lying(how)))
    )
  }

  it.live("T20: hanging ends at the deadline", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(invoke(wellBehaved, 200))
      assert.strictEqual(failure.kind, "deadline")
    }).pipe(Effect.provide(lying("hang")))
  )

  for (const how of ["two answers", "two host calls at once"]) {
    it.live(`T20: ${how}: no call hangs`, () =>
      Effect.gen(function* () {
        for (let round = 0; round < 3; round++) {
          const answer = yield* Effect.result(invoke(wellBehaved, 300))
          if (answer._tag === "Failure") assert.include(["crashed", "deadline"], answer.failure.kind)
        }
      }).pipe(Effect.provide(lying(how)))
    )
  }

  it.live("T20: an answer while it waits for a reply: the call fails, and what it asked for is stopped", () =>
    Effect.gen(function* () {
      const pool = yield* SlotPool
      const stopped = yield* Deferred.make<void>()
      const asked = Effect.flatMap(pool.processes, ({ slots }) => {
        for (const pid of slots) process.kill(pid, "SIGUSR2")
        return Effect.never
      }).pipe(Effect.onInterrupt(() => Deferred.succeed(stopped, undefined)))
      const failure = yield* Effect.flip(invoke(wellBehaved, PATIENCE, () => asked))
      assert.strictEqual(failure.kind, "crashed")
      assert.match(failure.message, /sent what no plugin process sends/)
      yield* Deferred.await(stopped)
    }).pipe(Effect.provide(lying("an answer before the reply")))
  )

  it.live("T20: slots that answer before they are asked do not start, and the call says so", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(invoke(wellBehaved, 2000))
      assert.strictEqual(failure.kind, "unavailable")
      assert.include(failure.message, "do not start")
      const next = yield* Effect.flip(invoke(wellBehaved, 2000))
      assert.strictEqual(next.kind, "unavailable")
    }).pipe(Effect.provide(lying("an answer before the call")))
  )

  it.live("T20: half a frame after its answer ends it: no later call gets the rest", () =>
    Effect.gen(function* () {
      yield* invoke(wellBehaved, PATIENCE)
      const answered = (yield* processes).slots
      // one that was never called is still honest
      const replaced = Effect.flatMap(processes, ({ slots }) =>
        answered.every((pid) => slots.includes(pid)) ? Effect.fail("still there") : Effect.void
      )
      yield* Effect.retry(replaced, { schedule: Schedule.spaced("10 millis"), times: 1000 })
    }).pipe(Effect.provide(lying("half a frame after its answer")))
  )

  it.live("an honest one is believed", () =>
    Effect.gen(function* () {
      assert.strictEqual(text(yield* invoke(wellBehaved, PATIENCE)), "fine")
    }).pipe(Effect.provide(lying("honest")))
  )
})

describe("killed in the middle", () => {
  it.live("T20: a slot: the call fails, the next works", () =>
    Effect.gen(function* () {
      const call = yield* spinning
      for (const pid of (yield* processes).slots) process.kill(pid, "SIGKILL")
      assert.strictEqual((yield* Fiber.join(call)).kind, "crashed")
      // the idle slot was killed as well, which the pool may learn by using it
      assert.isAbove((yield* Effect.retry(invoke(wellBehaved, PATIENCE), { times: 1 })).length, 0)
    }).pipe(Effect.provide(real))
  )

  it.live("T20: the zygote: the call fails, no slot is left, the next works under a new zygote", () =>
    Effect.gen(function* () {
      const call = yield* spinning
      const before = yield* processes
      assert(before.zygote !== undefined)
      process.kill(before.zygote, "SIGKILL")
      assert.strictEqual((yield* Fiber.join(call)).kind, "crashed")
      yield* gone([before.zygote, ...before.slots])
      // the idle slot is gone as well, which the pool may learn by using it
      assert.isAbove((yield* Effect.retry(invoke(wellBehaved, PATIENCE), { times: 1 })).length, 0)
      assert.notStrictEqual((yield* processes).zygote, before.zygote)
    }).pipe(Effect.provide(real))
  )

  it.live("T20: a slot that was stopped does not hold its call beyond the deadline, nor the next one", () =>
    Effect.gen(function* () {
      yield* invoke(wellBehaved, PATIENCE)
      const { slots } = yield* processes
      for (const pid of slots) process.kill(pid, "SIGSTOP")
      assert.strictEqual((yield* Effect.flip(invoke(wellBehaved, 300))).kind, "deadline")
      // the other idle one was stopped as well
      yield* Effect.retry(invoke(wellBehaved, 1000), { times: slots.length })
    }).pipe(Effect.provide(real))
  )

  it.live("T20: a zygote that was stopped: calls end at their deadline, and another one takes its place", () =>
    Effect.gen(function* () {
      yield* invoke(wellBehaved, PATIENCE)
      const before = yield* processes
      assert(before.zygote !== undefined)
      process.kill(before.zygote, "SIGSTOP")
      assert.strictEqual((yield* Effect.flip(invoke(spin, 300))).kind, "deadline")
      const replaced = Effect.gen(function* () {
        if ((yield* processes).zygote === before.zygote) return yield* Effect.fail("still that one")
        return yield* invoke(wellBehaved, PATIENCE)
      })
      yield* Effect.retry(replaced, { schedule: Schedule.spaced("50 millis"), times: 400 })
      yield* gone([before.zygote, ...before.slots])
    }).pipe(Effect.provide(real))
  )

  it.live("T20: an interrupted call takes its slot with it", () =>
    Effect.gen(function* () {
      const call = yield* spinning
      const before = yield* processes
      yield* Fiber.interrupt(call)
      const after = yield* processes
      const killed = before.slots.filter((pid) => !after.slots.includes(pid))
      assert.strictEqual(killed.length, 1)
      yield* gone(killed)
      assert.isAbove((yield* invoke(wellBehaved, PATIENCE)).length, 0)
    }).pipe(Effect.provide(real))
  )

  it.live("a host function that takes too long is interrupted, and its slot is stopped", () =>
    Effect.gen(function* () {
      const interrupted = yield* Deferred.make<void>()
      const slow = Effect.never.pipe(Effect.onInterrupt(() => Deferred.succeed(interrupted, undefined)))
      const failure = yield* Effect.flip(invoke(announces, PATIENCE, () => slow))
      assert.strictEqual(failure.kind, "deadline")
      assert.match(failure.message, /what it asked for took too long/)
      yield* Deferred.await(interrupted)
      assert.isAbove((yield* invoke(wellBehaved, PATIENCE)).length, 0)
    }).pipe(Effect.provide(pool({ ...size, hostMs: 300 }, PATIENCE)))
  )

  it.live("T20: an interrupted call ends when its host function has, and takes its slot with it", () =>
    Effect.gen(function* () {
      const asked = yield* Deferred.make<void>()
      const steps: Array<string> = []
      const slow = Effect.andThen(Deferred.succeed(asked, undefined), Effect.never).pipe(
        Effect.onInterrupt(() => Effect.andThen(Effect.yieldNow, () => Effect.sync(() => steps.push("stopped"))))
      )
      const fiber = yield* Effect.forkChild(invoke(announces, PATIENCE, () => slow))
      yield* Deferred.await(asked)
      const { slots } = yield* processes
      yield* Fiber.interrupt(fiber)
      steps.push("interrupted")
      assert.deepStrictEqual(steps, ["stopped", "interrupted"])
      const after = yield* processes
      assert.strictEqual(slots.filter((pid) => !after.slots.includes(pid)).length, 1)
    }).pipe(Effect.provide(real))
  )

  it.live("a host function sees the asynchronous context of whoever made the call, at once and after a wait", () =>
    Effect.gen(function* () {
      const storage = new AsyncLocalStorage<string>()
      const seen: Array<string | undefined> = []
      const look = Effect.sync(() => {
        seen.push(storage.getStore())
        return new TextEncoder().encode('{"ok":null}')
      })
      const services = yield* Effect.context<SlotPool>()
      const run = (caller: string, answer: typeof look) =>
        Effect.promise(() =>
          storage.run(caller, () => Effect.runPromiseWith(services)(invoke(asks, PATIENCE, () => answer)))
        )
      yield* run("one", look)
      yield* run(
        "two",
        Effect.andThen(Effect.yieldNow, () => look)
      )
      assert.deepStrictEqual(seen, ["one", "two"])
    }).pipe(Effect.provide(real))
  )

  it.live("the time of a host function is not the plugin's, and spinning after it is", () =>
    Effect.gen(function* () {
      const answered = yield* Deferred.make<void>()
      const reply = Effect.as(
        Effect.andThen(Effect.sleep("2 seconds"), Deferred.succeed(answered, undefined)),
        new TextEncoder().encode('{"ok":null}')
      )
      const failure = yield* Effect.flip(invoke(announces, 1000, () => reply))
      assert.isTrue(yield* Deferred.isDone(answered))
      assert.match(failure.message, /ran longer than 1000 ms/)
    }).pipe(Effect.provide(real))
  )

  it.live("T20: closing the sandbox leaves no process, not even a spinning one", () =>
    Effect.gen(function* () {
      const pids = yield* Effect.gen(function* () {
        yield* spinning
        const { zygote, slots } = yield* processes
        return [zygote ?? 0, ...slots]
      }).pipe(Effect.provide(real))
      assert.isAtLeast(pids.length, 2)
      yield* gone(pids)
    })
  )

  it.live("T20: closing at any moment of the start leaves no process", () =>
    Effect.forEach([0, 1, 10, 20, 40, 60, 80], (millis) =>
      Effect.gen(function* () {
        const { slots, zygote } = yield* Effect.gen(function* () {
          const open = yield* SlotPool
          yield* open.warm
          // not a wait for something: it picks the moment at which the start is cut off
          yield* Effect.sleep(millis)
          return yield* open.processes
        }).pipe(Effect.provide(pool(size, PATIENCE)))
        yield* gone([...(zygote === undefined ? [] : [zygote]), ...slots])
      })
    )
  )

  it.live("T20: the gateway: its zygote takes every slot with it, also a spinning one", () =>
    Effect.gen(function* () {
      const { child, told } = yield* Effect.promise(startGateway)
      const { zygote, slots }: { zygote: number; slots: ReadonlyArray<number> } = JSON.parse(told)
      assert.isTrue([zygote, ...slots].every(runs))
      child.kill("SIGKILL")
      yield* gone([zygote, ...slots])
    })
  )

  it.live.skipIf(!confinement().includes("--pdeathsig"))(
    "T20: gateway and zygote at once: where the system allows it, no slot is left, not even a spinning one",
    () =>
      Effect.gen(function* () {
        const { child, told } = yield* Effect.promise(startGateway)
        const { zygote, slots }: { zygote: number; slots: ReadonlyArray<number> } = JSON.parse(told)
        process.kill(zygote, "SIGSTOP")
        child.kill("SIGKILL")
        process.kill(zygote, "SIGKILL")
        yield* gone([zygote, ...slots])
      })
  )

  it.live("T20: gateway and zygote at once: an idle slot ends by itself", () =>
    Effect.gen(function* () {
      const { child, told } = yield* Effect.promise(startGateway)
      const { zygote, slots }: { zygote: number; slots: ReadonlyArray<number> } = JSON.parse(told)
      process.kill(zygote, "SIGSTOP")
      child.kill("SIGKILL")
      process.kill(zygote, "SIGKILL")
      const spinningOnes = slots.slice(0, 1)
      yield* gone([zygote, ...slots.filter((pid) => !spinningOnes.includes(pid))])
      for (const pid of spinningOnes.filter(runs)) process.kill(pid, "SIGKILL")
    })
  )
})

const startGateway = async (): Promise<{ readonly child: ChildProcess; readonly told: string }> => {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, "fixtures", "gateway.mjs")], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  for await (const told of createInterface({ input: child.stdout })) return { child, told }
  throw new Error("the gateway said nothing")
}

describe("the gateway's own loop", () => {
  it.live("T20: answers throughout while a slot spins to its deadline", () =>
    Effect.gen(function* () {
      yield* invoke(wellBehaved, PATIENCE)
      const call = yield* Effect.forkChild(Effect.flip(invoke(spin, 1000)))
      const channel = new MessageChannel()
      let pings = 0
      const ping = Effect.callback<void>((resume) => {
        channel.port2.once("message", () => resume(Effect.void))
        channel.port1.postMessage("ping")
      }).pipe(Effect.tap(() => Effect.sync(() => pings++)))
      yield* Effect.raceFirst(Effect.forever(Effect.andThen(ping, Effect.sleep("5 millis"))), Fiber.join(call))
      channel.port1.close()
      assert.strictEqual((yield* Fiber.join(call)).kind, "deadline")
      assert.isAbove(pings, 10)
    }).pipe(Effect.provide(real))
  )

  it.live("many calls at once share the slots, and all are answered", () =>
    Effect.gen(function* () {
      const outputs = yield* Effect.forEach(
        Array.from({ length: 200 }, (_, index) => index),
        () => invoke(wellBehaved, PATIENCE),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(outputs.length, 200)
      assert.isAtMost((yield* processes).slots.length, 2)
    }).pipe(Effect.provide(real))
  )

  it.live("T28: more waiting calls than the queue holds are refused at once", () =>
    Effect.gen(function* () {
      const answers = yield* Effect.forEach(
        Array.from({ length: 1_400 }, (_, index) => index),
        () => Effect.result(invoke(wellBehaved, PATIENCE)),
        { concurrency: "unbounded" }
      )
      const refused = answers.flatMap((answer) => (answer._tag === "Failure" ? [answer.failure] : []))
      assert.isAbove(refused.length, 0)
      assert.isTrue(refused.every((failure) => failure.kind === "unavailable" && /too many/.test(failure.message)))
      assert.isAtLeast(answers.length - refused.length, 1_024)
    }).pipe(Effect.provide(real))
  )

  it.live("warming starts the kept slots before any call", () =>
    Effect.gen(function* () {
      const slots = yield* SlotPool
      assert.deepStrictEqual(yield* slots.processes, { zygote: undefined, slots: [], idle: 0, starting: 0 })
      yield* slots.warm
      const ready = Effect.flatMap(slots.processes, (now) => (now.slots.length > 0 ? Effect.void : Effect.fail("none")))
      yield* Effect.retry(ready, { schedule: Schedule.spaced("10 millis"), times: 1000 })
      assert.isTrue(existsSync(`/proc/${(yield* slots.processes).zygote}`))
    }).pipe(Effect.provide(real))
  )
})
