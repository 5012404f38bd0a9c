/** `exoclaw plugin test`: runs one export of one module in a real slot, and tells all that happened. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { AgentId } from "../../../src/domain/Ids.ts"
import { Principal } from "../../../src/identity/Principal.ts"
import * as MemoryAudit from "../../audit/MemoryAudit.ts"
import { readBounded } from "../../platform/BoundedFile.ts"
import * as NodeEntropy from "../../platform/NodeEntropy.ts"
import * as EncryptedSecrets from "../../secret/EncryptedSecrets.ts"
import * as MemorySecrets from "../../secret/MemorySecrets.ts"
import { defaultKeyFile } from "../../secret/SecretKey.ts"
import * as SlotPool from "../../sandbox/SlotPool.ts"
import { trial } from "../../sandbox/Trial.ts"
import { exitCode } from "../ExitCode.ts"
import { failure } from "../Failure.ts"
import { Io } from "../Io.ts"
import { settingsOf, type Where } from "../reach.ts"
import { json, printable } from "../text.ts"
import { insider } from "../insider.ts"
import { layer, type LogLine, trialHost } from "./Host.ts"
import { targetOf } from "./Target.ts"

export interface Try extends Where {
  readonly file: string
  readonly export: string
  readonly input: string | undefined
  readonly inputFile: string | undefined
  readonly grant: ReadonlyArray<string>
  /** What `config_get` reads. */
  readonly set: Readonly<Record<string, string>>
  /** Seconds. */
  readonly deadline: number
  readonly json: boolean
}

/** What is printed with `--json`. */
interface Report {
  readonly export: string
  readonly output: string | null
  readonly error: { readonly kind: string; readonly message: string } | null
  readonly hostCalls: ReadonlyArray<string>
  readonly log: ReadonlyArray<LogLine>
  readonly milliseconds: number
  /** Of the process, at its highest; and how much of it this call added. */
  readonly memory: { readonly bytes: number; readonly added: number } | null
}

const MEMORY_MIB = 400
const MAX_INPUT = 4 * 1024 * 1024
const READY_MS = 30_000

/** The most that a process ever held, in bytes; undefined where the system does not tell, or the process is gone. */
const peakOf = (pid: number | undefined): number | undefined => {
  try {
    const kib = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]
    return kib === undefined ? undefined : Number(kib) * 1024
  } catch {
    return undefined
  }
}

/** The process that will run the call, once it waits for one. */
const ready = Effect.gen(function* () {
  const pool = yield* SlotPool.SlotPool
  yield* pool.warm
  const idle = pool.processes.pipe(
    Effect.flatMap(({ idle: waiting, slots }) => (waiting > 0 ? Effect.succeed(slots[0]) : Effect.fail("none yet"))),
    Effect.retry({ schedule: Schedule.spaced("10 millis") })
  )
  return Option.getOrUndefined(yield* Effect.timeoutOption(idle, READY_MS))
})

const run = Effect.fnUntraced(function* (input: Try, text: string) {
  const entry = yield* targetOf(input.file, input.grant, input.set)
  const host = yield* trialHost
  const pid = yield* ready
  const before = peakOf(pid)
  const started = performance.now()
  const result = yield* trial(yield* SlotPool.SlotPool, {
    entry,
    export: input.export,
    input: text,
    functions: host.functions,
    deadlineMs: input.deadline * 1000,
    context: { agent: AgentId.make("test") }
  }).pipe(Effect.provideService(Principal, yield* insider("chat:send")), Effect.result)
  const milliseconds = Math.round((performance.now() - started) * 100) / 100
  const after = peakOf(pid)
  const report: Report = {
    export: input.export,
    output: Result.isSuccess(result) ? result.success.output : null,
    error: Result.isSuccess(result)
      ? null
      : {
          kind: result.failure._tag === "CallFailed" ? result.failure.kind : "refused",
          message: result.failure.message
        },
    hostCalls: host.calls,
    log: host.log,
    milliseconds,
    memory: before === undefined || after === undefined ? null : { bytes: after, added: after - before }
  }
  return report
})

const mib = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`

const counted = (names: ReadonlyArray<string>): string =>
  [...new Set(names)].map((name) => `${name} ${names.filter((other) => other === name).length}x`).join(", ") || "none"

const aside = ({ export: name, hostCalls, log, memory, milliseconds }: Report): string =>
  [
    ...log.map(({ level, message }) => `log ${level}: ${message}`),
    `${name}: ${milliseconds} ms; host calls: ${counted(hostCalls)}${memory === null ? "" : `; memory: ${mib(memory.bytes)}, ${mib(memory.added)} of it by this call`}`,
    ""
  ].join("\n")

const inputOf = Effect.fnUntraced(function* ({ input, inputFile }: Try) {
  const { surroundings } = yield* Io
  if (inputFile === undefined) return input ?? "{}"
  if (input !== undefined) return yield* failure("Choose one of --input and --input-file.", exitCode.usage)
  return yield* Effect.tryPromise({
    try: () => readBounded(surroundings.absolute(inputFile), MAX_INPUT),
    catch: () => failure(`--input-file: ${inputFile} cannot be read.`, exitCode.usage)
  }).pipe(
    Effect.flatMap((bytes) =>
      bytes.length > MAX_INPUT
        ? failure(`--input-file: ${inputFile} has more than ${MAX_INPUT} bytes.`, exitCode.usage)
        : Effect.succeed(Buffer.from(bytes).toString("utf8"))
    )
  )
})

/** The secrets of the state folder where one is granted, else none. */
const secretsFor = Effect.fnUntraced(function* (input: Try) {
  if (!input.grant.some((grant) => grant.startsWith("secret:"))) return MemorySecrets.layerMemory
  const { surroundings } = yield* Io
  const { environment, stateDir } = yield* settingsOf(input)
  const file = defaultKeyFile(surroundings.variables, surroundings.home)
  return EncryptedSecrets.layer({
    path: join(stateDir, "secrets.db"),
    key: { given: environment.secretKey, file }
  }).pipe(Layer.provide(Layer.mergeAll(NodeEntropy.layer, MemoryAudit.layerMemory)))
})

/** Where it failed before anything ran, there is nothing to tell of a run. */
const uncalled = new Set<string | undefined>(["refused", "unknown_tool"])

export const test = Effect.fnUntraced(function* (input: Try) {
  const io = yield* Io
  const text = yield* inputOf(input)
  const pool = SlotPool.layer({ min: 1, max: 1, spare: 0, memoryMiB: MEMORY_MIB }, input.deadline * 1000)
  const report = yield* run(input, text).pipe(
    Effect.provide(Layer.mergeAll(layer, pool, yield* secretsFor(input))),
    Effect.catchTag("StoreError", ({ message }) => Effect.fail(failure(message)))
  )
  if (input.json) io.out(json(report))
  else if (!uncalled.has(report.error?.kind)) io.err(printable(aside(report)))
  // with --json the program that reads it has all of it
  if (report.error !== null) return yield* failure(input.json ? "" : report.error.message)
  if (!input.json) io.out(printable(`${report.output}\n`))
})
