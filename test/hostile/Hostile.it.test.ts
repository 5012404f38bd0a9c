/** The hostile suite: every attack module ends as it must, and the next call works. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { PluginName } from "../../src/domain/Ids.ts"
import { admit } from "../../src/sandbox/Admission.ts"
import { kernel } from "../../src/sandbox/Kernel.ts"
import { CallFailed, PluginRefused } from "../../src/sandbox/PluginError.ts"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
import { wasi } from "../../src/sandbox/Wasi.ts"
import * as SlotPool from "../../layers/sandbox/SlotPool.ts"
import { as, context, inspected, sandbox } from "../sandbox/support.ts"
import { evil, invoke } from "./invoke.ts"
import { refused, type Running, running, unadmitted, wellBehaved } from "./modules.ts"

const folder = mkdtempSync(path.join(tmpdir(), "exoclaw-hostile-"))
process.once("exit", () => rmSync(folder, { recursive: true, force: true }))

const entry = (name: string, bytes: Uint8Array) => {
  const file = path.join(folder, `${name}.wasm`)
  writeFileSync(file, bytes)
  return { name: PluginName.make(name), path: file, capabilities: [] }
}

describe("refused at the start", () => {
  for (const [index, attack] of refused.entries()) {
    it.live(`T19: ${attack.what} stops the start with a reason`, () =>
      Effect.gen(function* () {
        const failure = yield* Effect.flip(
          Effect.scoped(Effect.provide(Sandbox, sandbox({ plugins: [entry(`refused-${index}`, attack.bytes)] })))
        )
        assert(failure._tag === "PluginError" && failure.reason instanceof PluginRefused)
        assert.match(failure.message, attack.says)
        assert.include(failure.message, `refused-${index}`)
      })
    )
  }
})

/** Only an attack that never ends by itself has to be waited for. */
const patience = (attack: Running) => (attack.ends.includes("deadline") ? 500 : 10_000)

/** What the watchdog may miss between two looks at a slot that allocates as fast as it can, on a busy machine. */
const SLACK = 1200 * 1024 * 1024
const LIMIT = 400 * 1024 * 1024

/** Runs `attack` while the gateway's loop is asked to answer and the slots are measured. */
const watched = <A, E, R>(attack: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const pool = yield* SlotPool.SlotPool
    const channel = new MessageChannel()
    let answered = 0
    let resident = 0
    const ping = Effect.callback<void>((resume) => {
      channel.port2.once("message", () => resume(Effect.void))
      channel.port1.postMessage("ping")
    })
    const look = Effect.gen(function* () {
      yield* ping
      answered++
      for (const pid of (yield* pool.processes).slots) resident = Math.max(resident, residentBytes(pid))
      yield* Effect.sleep("5 millis")
    })
    const own = process.memoryUsage().rss
    const result = yield* Effect.raceFirst(attack, Effect.forever(look)).pipe(
      Effect.ensuring(Effect.sync(() => channel.port1.close()))
    )
    assert.isAtMost(resident, LIMIT + SLACK)
    // what the attack's own bytes and this test need, and nothing that a plugin chose
    assert.isAtMost(process.memoryUsage().rss - own, 300 * 1024 * 1024)
    return { result, answered }
  })
const residentBytes = (pid: number): number => {
  // it may be gone by now
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]) * 4096
  } catch {
    return 0
  }
}

const contained = (attack: Running, bytes: Uint8Array) =>
  Effect.gen(function* () {
    const attempt = invoke(bytes, patience(attack)).pipe(Effect.flatMap((output) => utf8(output)))
    const { answered, result } = yield* watched(Effect.flip(attempt))
    assert.include(attack.ends, result.kind)
    if (result.kind === "deadline") assert.isAbove(answered, 10)
    const next = yield* invoke(wellBehaved, 10_000)
    assert.isAbove(next.length, 0)
  })

/** As admission writes it. */
const admitted = (bytes: Uint8Array): Uint8Array =>
  Result.getOrThrow(admit(bytes, [...kernel(false), ...wasi, log])).bytes
const log = {
  namespace: "extism:host/user",
  name: "log",
  params: ["i64"],
  results: ["i64"],
  granted: true
} as const
const utf8 = (output: Uint8Array) =>
  Effect.try({
    try: () => new TextDecoder("utf-8", { fatal: true }).decode(output),
    catch: () => new CallFailed({ plugin: evil, kind: "bad_output", message: "" })
  })

layer(SlotPool.layer({ min: 1, max: 2, spare: 1, memoryMiB: 400 }, 500), { excludeTestServices: true })(
  "in a slot",
  (it) => {
    const bare = unadmitted.map((attack) => [attack, attack.bytes] as const)
    for (const [attack, bytes] of [...bare, ...running.map((one) => [one, admitted(one.bytes)] as const)]) {
      it.effect(`T20: ${attack.what} ends, and the next call works`, () => contained(attack, bytes))
    }
  }
)

describe("through the whole sandbox", () => {
  const fine = Buffer.from(Buffer.from(wellBehaved).toString("latin1").replaceAll('"evil"', '"fine"'), "latin1")
  for (const [index, attack] of running.entries()) {
    it.live(`T20: ${attack.what} ends, and the next plugin answers`, () =>
      Effect.gen(function* () {
        const { callTool } = yield* Sandbox
        const failure = yield* Effect.flip(callTool("evil", inspected({}), context))
        assert(failure.reason instanceof CallFailed)
        assert.include(attack.ends, failure.reason.kind)
        const next = yield* callTool("fine", inspected({}), context)
        assert.include(next.content, "fine")
      }).pipe(
        as("local"),
        Effect.provide(
          sandbox({
            // long enough for the innocent on a busy machine
            deadlineMs: Math.max(patience(attack), 3000),
            plugins: [entry(`running-${index}`, attack.bytes), entry("fine", fine)]
          })
        )
      )
    )
  }
})
