/** Attacks straight in a slot, past every other wall: each ends as it must, and the next call works. */
import { readFileSync } from "node:fs"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { admit } from "../../src/sandbox/Admission.ts"
import { kernel } from "../../src/sandbox/Kernel.ts"
import { CallFailed } from "../../src/sandbox/PluginError.ts"
import { wasi } from "../../src/sandbox/Wasi.ts"
import * as SlotPool from "../../layers/sandbox/SlotPool.ts"
import { evil, invoke } from "./invoke.ts"
import { type Running, running, unadmitted, wellBehaved } from "./modules.ts"

/** Only an attack that never ends by itself has to be waited for. */
export const patience = (attack: Running) => (attack.ends.includes("deadline") ? 500 : 10_000)

/** What the watchdog may miss between two looks at a slot that allocates as fast as it can, on a busy machine. */
const SLACK = 1200 * 1024 * 1024
const LIMIT = 400 * 1024 * 1024

/** Runs `attack` while the slots are measured. */
const watched = <A, E, R>(attack: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const pool = yield* SlotPool.SlotPool
    let resident = 0
    const look = Effect.gen(function* () {
      for (const pid of (yield* pool.processes).slots) resident = Math.max(resident, residentBytes(pid))
      yield* Effect.sleep("5 millis")
    })
    const own = process.memoryUsage().rss
    const result = yield* Effect.raceFirst(attack, Effect.forever(look))
    assert.isAtMost(resident, LIMIT + SLACK)
    // what the attack's own bytes and this test need, and nothing that a plugin chose
    assert.isAtMost(process.memoryUsage().rss - own, 300 * 1024 * 1024)
    return result
  })

/** Patience that no attack outlasts. */
const LONG = 60_000
/** Turns of the gateway's loop during an attack. */
const TURNS = 10

/** Ends once the gateway's loop has gone round while a slot works, however long a busy machine takes for that. */
const goesRound = Effect.gen(function* () {
  const pool = yield* SlotPool.SlotPool
  let turns = 0
  while (turns < TURNS) {
    yield* Effect.sleep("1 millis")
    const { idle, slots } = yield* pool.processes
    if (slots.length > idle) turns++
  }
})

const residentBytes = (pid: number): number => {
  // it may be gone by now
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]) * 4096
  } catch {
    return 0
  }
}

export const contained = (attack: Running, bytes: Uint8Array) =>
  Effect.gen(function* () {
    const attempt = (deadlineMs: number) =>
      Effect.flip(invoke(bytes, deadlineMs).pipe(Effect.flatMap((output) => utf8(output))))
    const result = yield* watched(attempt(patience(attack)))
    assert.include(attack.ends, result.kind)
    if (result.kind === "deadline") {
      // a loop that the attack holds up goes round only when that has ended
      const first = yield* Effect.raceFirst(attempt(LONG), goesRound)
      if (first !== undefined) assert.notStrictEqual(first.kind, "deadline", "the gateway's loop was held up")
    }
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

/** Those that admission refuses, as they are, and those that it lets through, as it writes them. */
export const attacks: ReadonlyArray<readonly [Running, Uint8Array]> = [
  ...unadmitted.map((attack) => [attack, attack.bytes] as const),
  ...running.map((attack) => [attack, admitted(attack.bytes)] as const)
]

export const pool = { min: 1, max: 2, spare: 1, memoryMiB: 400 }
export const deadlineMs = 500
