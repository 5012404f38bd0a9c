/** Runs the program's effect in this process: its streams, its signals, and its exit code. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { processSurroundings } from "../config/Surroundings.ts"
import { repeatsSignals } from "../platform/Launcher.ts"
import { type ExitCode, exitCode } from "./ExitCode.ts"
import { Io } from "./Io.ts"

const tagOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "_tag" in error ? error._tag : undefined

const codeOf = (error: unknown): ExitCode => {
  if (tagOf(error) === "CliFailure") return (error as { readonly exitCode: ExitCode }).exitCode
  return tagOf(error) === "ConfigError" || tagOf(error) === "TokenRequired" ? exitCode.usage : exitCode.failure
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** What is said about an end, and the exit code. A defect is told by its sentence alone. */
export const outcome = (exit: Exit.Exit<unknown, unknown>): { readonly text: string; readonly code: ExitCode } => {
  if (Exit.isSuccess(exit)) return { text: "", code: exitCode.ok }
  const error = Cause.findErrorOption(exit.cause)
  if (Option.isSome(error)) {
    const text = messageOf(error.value)
    return { text: text === "" ? "" : `exoclaw: ${text}\n`, code: codeOf(error.value) }
  }
  if (Cause.hasInterruptsOnly(exit.cause)) return { text: "", code: exitCode.interrupted }
  return { text: `exoclaw: unexpected: ${messageOf(Cause.squash(exit.cause))}\n`, code: exitCode.failure }
}

/** Failures are kept in other programs' logs: what looks like a secret in one, a mistyped line above all, is not told. */
const clean = async (text: string): Promise<string> => {
  const [{ forLogs }, { defaultPolicy }] = await Promise.all([
    import("../../src/casil/ForLogs.ts"),
    import("../../src/casil/Policy.ts")
  ])
  return forLogs(defaultPolicy).text(text)
}

/** Ends once all that was written has been taken: a pipe takes so much at once, and the rest would end with the process. */
const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.writableLength === 0 || stream.destroyed) resolve()
    else stream.write("", () => resolve())
  })

/** How long what runs has to end after a signal. */
const patienceMs = 15_000

/**
 * Runs until the effect or the process ends. The first signal interrupts, the second ends at once: but where a launcher
 * may only have repeated the first.
 */
export const run = async <A, E>(effect: Effect.Effect<A, E, Io>, token: string | undefined): Promise<void> => {
  let stop: (() => void) | undefined
  const listeners: Array<() => void> = []
  // a reader that has seen enough (`| head`) is no failure
  process.stdout.on("error", () => process.exit(exitCode.ok))
  process.stderr.on("error", () => undefined)
  const io = Io.of({
    out: (text) => void process.stdout.write(text),
    drained: Effect.callback((resume) => {
      if (process.stdout.writableNeedDrain) process.stdout.once("drain", () => resume(Effect.void))
      else resume(Effect.void)
    }),
    err: (text) => void process.stderr.write(text),
    terminal: {
      // absent, not false, where it is none
      stdin: Boolean(process.stdin.isTTY),
      stdout: Boolean(process.stdout.isTTY),
      stderr: Boolean(process.stderr.isTTY)
    },
    colors: Boolean(process.stderr.isTTY) && process.stderr.hasColors(),
    surroundings: await Effect.runPromise(processSurroundings),
    token: token === undefined ? undefined : Redacted.make(token, { label: "token" }),
    onInterrupt: (listener) => {
      listeners.push(listener)
      return () => void listeners.splice(listeners.indexOf(listener), 1)
    },
    untilSignal: Effect.callback((resume) => {
      stop = () => resume(Effect.void)
    })
  })
  let interrupt = (): void => undefined
  let signalled = false
  let over = false
  const onSignal = (signal: "SIGINT" | "SIGTERM" | "SIGHUP", number: number) =>
    process.on(signal, () => {
      const listener = signal === "SIGINT" ? listeners.at(-1) : undefined
      if (listener !== undefined) return listener()
      if (signalled || over) {
        if (repeatsSignals) return
        process.exit(128 + number)
      }
      signalled = true
      setTimeout(() => process.exit(stop === undefined ? 128 + number : exitCode.ok), patienceMs).unref()
      const end = stop ?? interrupt
      end()
    })
  onSignal("SIGINT", 2)
  onSignal("SIGTERM", 15)
  onSignal("SIGHUP", 1)
  const fiber = Effect.runFork(Effect.provideService(effect, Io, io))
  interrupt = () => fiber.interruptUnsafe()
  const exit = await Effect.runPromise(Fiber.await(fiber))
  over = true
  const { code, text } = outcome(exit)
  process.stderr.write(text === "" ? "" : await clean(text))
  await Promise.all([flushed(process.stdout), flushed(process.stderr)])
  process.exit(code)
}
