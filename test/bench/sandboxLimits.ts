/** What the sandbox does at its limits: leaks, host calls, kills, the gateway's loop meanwhile, memory of what waits. */
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import type { Socket } from "node:net"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { tmpdir } from "node:os"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { PluginName } from "../../src/domain/Ids.ts"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
import { programs } from "../../layers/sandbox/Programs.ts"
import * as SlotPool from "../../layers/sandbox/SlotPool.ts"
import { invoke } from "../hostile/invoke.ts"
import { plugin, wellBehaved } from "../hostile/modules.ts"
import { block, data, helpers } from "../sandbox/guest.ts"
import { as, context, inspected, sandbox } from "../sandbox/support.ts"
import { root } from "../support/repository.ts"
import { median, percentile, type Row } from "./row.ts"

const spinner = plugin("(loop (br 0))")

/** A field of `/proc/PID/FILE` in kB, in MB. */
const megabytes = (file: string, ...fields: ReadonlyArray<string>): number => {
  const text = readFileSync(file, "utf8")
  return (
    fields.reduce((sum, field) => sum + Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1]), 0) / 1024
  )
}
const descriptors = (): number => readdirSync("/proc/self/fd").length

/** Growth per step of values that were taken in equal steps, by least squares. */
const slope = (values: ReadonlyArray<number>): number => {
  const x = (values.length - 1) / 2
  const y = values.reduce((sum, value) => sum + value, 0) / values.length
  const parts = values.map((value, i) => [(i - x) * (value - y), (i - x) ** 2] as const)
  return parts.reduce((sum, [a]) => sum + a, 0) / parts.reduce((sum, [, b]) => sum + b, 0)
}

const pool = (slots: number) =>
  SlotPool.layer({ min: slots, max: slots, spare: 0, memoryMiB: 400 }, 5000, bundled() ?? programs(120))

/** The programs as they are shipped, where they were built: sources hold their compiler in memory, too. */
const bundled = () => {
  const { slot, zygote } = programs(120)
  const [own, built] = [slot.arguments.at(-1) ?? "", path.join(root, "dist", "slot.js")]
  if (!existsSync(built)) return undefined
  const flags = slot.arguments.filter((one) => !one.startsWith("--allow-fs-read=") && one !== "--preserve-symlinks")
  return {
    zygote: path.join(root, "dist", path.basename(zygote).replace("-main.ts", ".js")),
    slot: { ...slot, arguments: flags.flatMap((one) => (one === own ? [`--allow-fs-read=${built}`, built] : [one])) }
  }
}

const ready = (slots: number) =>
  Effect.gen(function* () {
    const { processes, warm } = yield* SlotPool.SlotPool
    yield* warm
    while ((yield* processes).idle < slots) yield* Effect.sleep(10)
    return yield* processes
  })

/** After as many calls: what the gateway's process grew by. */
const leak = Effect.fnUntraced(function* (calls: number) {
  yield* ready(2)
  const steps = 20
  const call = invoke(wellBehaved, 5000)
  const burst = Effect.forEach(Array.from({ length: 4 }), () => call, { concurrency: 4, discard: true })
  for (let i = 0; i < calls / steps / 4; i++) yield* burst
  const before = descriptors()
  const sizes: Array<number> = []
  for (let step = 0; step < steps; step++) {
    for (let i = 0; i < calls / steps / 4; i++) yield* burst
    sizes.push(megabytes("/proc/self/status", "RssAnon"))
  }
  const { processes } = yield* SlotPool.SlotPool
  // what the first half took is caches and the heap's own size
  const growth = (slope(sizes.slice(steps / 2)) * 1024) / (calls / steps / 1000)
  return { growth, descriptors: descriptors() - before, slots: (yield* processes).slots.length }
})

/**
 * Keeps the main threads of the gateway and of `pid` on one processor for as long as the scope is open; false where the
 * system has no means to. To wake another processor costs a virtual machine several times what all else of a round trip
 * does, and whether one is woken is the system's choice, for seconds at a time: only side by side are two runs comparable.
 */
const together = (pid: number) => {
  const place = (id: number, list: string) => spawnSync("taskset", ["-pc", list, String(id)], { encoding: "utf8" })
  const before = spawnSync("taskset", ["-pc", String(process.pid)], { encoding: "utf8" })
    .stdout?.split(": ")[1]
    ?.trim()
  if (before === undefined) return Effect.succeed(false)
  return Effect.acquireRelease(
    Effect.sync(() => [process.pid, pid].every((id) => place(id, before.split(/[,-]/)[0] ?? "0").status === 0)),
    () => Effect.sync(() => place(process.pid, before))
  )
}

/**
 * What one host call adds to a call, in microseconds: `now` crosses to the gateway, which checks the grant, decodes,
 * runs the function, encodes, and answers. Undefined where it cannot be measured on one processor.
 */
const hostCall = (onOne: boolean) => {
  const asking = (name: string, times: number) => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), "exoclaw-bench-")), "asking.wasm")
    const body = `(local $i i32) (block $end (loop $next
      (br_if $end (i32.ge_u (local.get $i) (i32.const ${times})))
      (drop (call $now ${block("{}")})) (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $next)))
      (call $text (i32.const 1000) (i32.const 2))`
    const imports = '(import "extism:host/user" "now" (func $now (param i64) (result i64)))'
    const module = plugin(body, { imports, more: `${helpers} ${data("{}")}` })
    // every plugin of the tests calls its tool `evil`
    writeFileSync(file, module)
    return { name: PluginName.make(name), path: file, capabilities: ["clock"] }
  }
  const p50 = (times: number) =>
    Effect.gen(function* () {
      const { callTool } = yield* Sandbox
      const pool = yield* SlotPool.SlotPool
      const call = callTool("evil", inspected({}), context)
      for (let i = 0; i < 200; i++) yield* call
      const [slot = 0] = (yield* pool.processes).slots
      if (onOne && !(yield* together(slot))) return undefined
      const spans: Array<number> = []
      for (let i = 0; i < 400; i++) {
        const began = performance.now()
        yield* call
        spans.push(performance.now() - began)
      }
      return median(spans)
    }).pipe(
      Effect.scoped,
      as("local"),
      Effect.provide(sandbox({ plugins: [asking("asking", times)], slots: { min: 1, max: 1 } }))
    )
  return Effect.gen(function* () {
    const none = yield* p50(0)
    const many = yield* p50(100)
    return none === undefined || many === undefined ? undefined : ((many - none) / 100) * 1000
  })
}

/** What a round trip to another process costs at least, in microseconds: as many bytes, and nothing done with them. */
const roundTrip = (onOne: boolean) =>
  Effect.gen(function* () {
    const echo =
      'const f=require("fs"),b=Buffer.alloc(64);for(;;){const n=f.readSync(3,b);if(n===0)break;f.writeSync(3,b,0,n)}'
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => spawn(process.execPath, ["-e", echo], { stdio: ["ignore", "ignore", "ignore", "pipe"] })),
      (one) => Effect.sync(() => one.kill("SIGKILL"))
    )
    if (onOne && !(yield* together(child.pid ?? 0))) return undefined
    const socket = child.stdio[3] as Socket
    return yield* Effect.promise(async () => {
      const spans: Array<number> = []
      const message = new Uint8Array(30)
      for (let i = 0; i < 3000; i++) {
        const began = performance.now()
        socket.write(message)
        await once(socket, "data")
        if (i > 500) spans.push(performance.now() - began)
      }
      return median(spans) * 1000
    })
  }).pipe(Effect.scoped)

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** From the deadline until the process is gone, in milliseconds. */
const kill = Effect.gen(function* () {
  const deadlineMs = 100
  const { slots } = yield* ready(1)
  const before = slots[0] ?? 0
  const began = performance.now()
  yield* Effect.flip(invoke(spinner, deadlineMs))
  while (isAlive(before)) yield* Effect.sleep(1)
  return performance.now() - began - deadlineMs
})

/** The event loop's delay while 15 spinners run to their deadlines, beside that of a loop without them. */
const loopDelay = Effect.gen(function* () {
  const measure = <A, E, R>(work: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const histogram = monitorEventLoopDelay({ resolution: 1 })
      histogram.enable()
      yield* work
      histogram.disable()
      return histogram.percentile(99) / 1e6
    })
  yield* ready(15)
  const idle = yield* measure(Effect.sleep(1500))
  const spinning = Effect.forEach(
    Array.from({ length: 15 }, (_, i) => i),
    (i) => Effect.flip(invoke(spinner, 500 + 60 * i)),
    { concurrency: 15, discard: true }
  )
  return { idle, spinning: yield* measure(spinning) }
})

const idleMemory = Effect.map(ready(4), ({ slots }) =>
  median(slots.map((pid) => megabytes(`/proc/${pid}/smaps_rollup`, "Private_Clean", "Private_Dirty")))
)

const row = (name: string, value: number, unit: string, most: number, scale: Row["scale"], tail = false): Row => ({
  name,
  value,
  unit,
  goal: `< ${most}`,
  met: value < most,
  better: "lower",
  scale,
  tail
})

const bareRow = (name: string, value: number): Row => ({ name, value, unit: "us", better: "lower", scale: "cpu" })

export const sandboxLimits = (calls = 100_000): Promise<ReadonlyArray<Row>> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const memory = yield* Effect.provide(idleMemory, pool(4))
      const kills = yield* Effect.forEach(Array.from({ length: 15 }), () => Effect.provide(kill, pool(1)))
      const delay = yield* Effect.provide(loopDelay, pool(15))
      const asked = (yield* hostCall(false)) ?? Number.NaN
      const bare = (yield* roundTrip(false)) ?? Number.NaN
      const askedOnOne = yield* hostCall(true)
      const bareOnOne = yield* roundTrip(true)
      const leaked = yield* Effect.provide(leak(calls), pool(2))
      const sorted = kills.toSorted((a, b) => a - b)
      return [
        row("plugin: private memory of an idle slot", memory, "MB", 15, "none"),
        row("plugin: process gone after its deadline, median of 15", median(kills), "ms", 50, "start"),
        row("plugin: process gone after its deadline, slowest of 15", percentile(sorted, 1), "ms", 50, "start", true),
        row("gateway loop delay p99 while 15 spinners are killed", delay.spinning, "ms", 10, "cpu", true),
        row("the same without spinners", delay.idle, "ms", 10, "cpu", true),
        row("plugin: one host call adds", asked, "us", 20, "cpu"),
        bareRow("a bare round trip to a process", bare),
        ...(askedOnOne === undefined
          ? []
          : [row("plugin: one host call adds, both processes on one processor", askedOnOne, "us", 20, "cpu")]),
        ...(bareOnOne === undefined
          ? []
          : [bareRow("a bare round trip to a process, both on one processor", bareOnOne)]),
        row(
          `plugin: memory that 1,000 of ${calls.toLocaleString("en")} calls leave`,
          leaked.growth,
          "KB",
          20,
          "none",
          true
        ),
        row("plugin: descriptors they leave", leaked.descriptors, "", 1, "none"),
        row("plugin: processes they leave beyond the pool", leaked.slots - 2, "", 1, "none")
      ]
    })
  )
