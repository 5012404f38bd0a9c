/** A loaded plugin: how it is called in a slot, and what its host calls may do. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { PluginName } from "../../src/domain/Ids.ts"
import { currentPrincipal, type Principal } from "../../src/identity/Principal.ts"
import { Capabilities, type SealedCapabilities } from "../../src/sandbox/Grant.ts"
import { type HostCall, type HostFunction, NAMESPACE } from "../../src/sandbox/HostFunction.ts"
import { CallFailed } from "../../src/sandbox/PluginError.ts"
import type { CallContext } from "../../src/sandbox/Sandbox.ts"
import * as Breaker from "../../src/sandbox/Breaker.ts"
import { type CallHeader, quotas } from "./Frame.ts"
import type { PluginFile } from "./PluginFile.ts"
import type { OnHostCall, SlotPool } from "./SlotPool.ts"

/** Log lines of one call; more are answered, not written. */
const LOG_LINES = 100

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

const fail = (plugin: PluginName, kind: CallFailed["kind"], why: string): CallFailed =>
  new CallFailed({ plugin, kind, message: `Plugin "${plugin}" failed: ${why}.` })

const text = (plugin: PluginName, bytes: Uint8Array, what: string): Effect.Effect<string, CallFailed> =>
  Effect.try({
    try: () => utf8.decode(bytes),
    catch: () => fail(plugin, "bad_output", `${what} is not UTF-8`)
  })

const refusal = (error: string): Uint8Array => encoder.encode(JSON.stringify({ error }))

/** The names of our functions that the module imports; Extism's own logging is `log` too. */
const offered = (file: PluginFile): ReadonlyArray<string> =>
  file.imports.flatMap((entry) => (entry.startsWith(`${NAMESPACE}/`) ? [entry.slice(NAMESPACE.length + 1)] : []))
const mayCall = (file: PluginFile): ReadonlySet<string> =>
  new Set([
    ...offered(file),
    ...(file.imports.some((entry) => entry.startsWith("extism:host/env/log_")) ? ["log"] : [])
  ])

/** `file` as slots run it. */
export class Plugin {
  readonly file: PluginFile
  readonly #pool: SlotPool["Service"]
  readonly #deadlineMs: number
  readonly #functions: ReadonlyMap<string, HostFunction>
  readonly #headers = new Map<string, Uint8Array>()
  #breaker = Breaker.working

  constructor(file: PluginFile, pool: SlotPool["Service"], deadlineMs: number, functions: ReadonlyArray<HostFunction>) {
    this.file = file
    this.#pool = pool
    this.#deadlineMs = deadlineMs
    const allowed = mayCall(file)
    this.#functions = new Map(functions.filter((known) => allowed.has(known.name)).map((known) => [known.name, known]))
  }

  get name(): PluginName {
    return this.file.entry.name
  }

  /** What the plugin says about itself, with no grants: every host function refuses. */
  describe(): Effect.Effect<string, CallFailed> {
    const refused = Effect.succeed(refusal("not available while describing"))
    return this.#run("describe", "{}", "describe", () => refused)
  }

  /** Runs `entry` for the acting principal, under the plugin's grants. */
  call(
    entry: string,
    input: string,
    table: SealedCapabilities,
    context: CallContext
  ): Effect.Effect<string, CallFailed, Principal> {
    const call: HostCall = { plugin: this.name, agent: context.agent }
    return Effect.flatMap(currentPrincipal, (principal) => {
      let lines = 0
      return this.#guarded(
        this.#run(entry, input, `${this.name} ${principal.tenant}`, (name, argument) =>
          name === "log" && ++lines > LOG_LINES
            ? Effect.succeed(refusal(`more than ${LOG_LINES} log lines in one call`))
            : this.#answer(name, argument, table, call)
        )
      )
    })
  }

  /** Lets no call through while the plugin rests from calls that each cost a process. */
  #guarded<A, R>(call: Effect.Effect<A, CallFailed, R>): Effect.Effect<A, CallFailed, R> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const rest = Breaker.rest(this.#breaker, now)
      if (rest > 0) {
        const seconds = Math.ceil(rest / 1000)
        return Effect.fail(fail(this.name, "unavailable", `it was stopped too often and rests for ${seconds} s`))
      }
      return Effect.onExit(call, (exit) =>
        Effect.map(Clock.currentTimeMillis, (then) => {
          const error = Exit.isFailure(exit) ? Option.getOrUndefined(Exit.findErrorOption(exit)) : undefined
          if (Exit.isSuccess(exit) || error !== undefined)
            this.#breaker = Breaker.after(this.#breaker, error?.kind, then)
        })
      )
    })
  }

  #answer(
    name: string,
    argument: Uint8Array,
    table: SealedCapabilities,
    call: HostCall
  ): Effect.Effect<Uint8Array, CallFailed, Principal> {
    const known = this.#functions.get(name)
    // The module cannot import it, so the slot is not what it was: its call ends, and with it the slot.
    if (known === undefined) return Effect.fail(fail(this.name, "denied", "it asked for what it was not given"))
    return text(this.name, argument, `its argument of ${name}`).pipe(
      Effect.flatMap((json) => Effect.provideService(known.call(json, call), Capabilities, table)),
      Effect.map((reply) => encoder.encode(reply))
    )
  }

  #run<R>(entry: string, input: string, affinity: string, onHostCall: OnHostCall<R>) {
    return this.#pool
      .call(
        {
          plugin: this.name,
          module: { key: this.file.sha256, bytes: this.file.bytes },
          header: this.#header(entry),
          input: encoder.encode(input),
          affinity,
          deadlineMs: this.#deadlineMs
        },
        onHostCall
      )
      .pipe(
        Effect.flatMap((bytes) => text(this.name, bytes, "its output")),
        Effect.withSpan("plugin.call", {
          attributes: { "exoclaw.plugin": this.name, "exoclaw.plugin.export": entry }
        })
      )
  }

  #header(entry: string): Uint8Array {
    const known = this.#headers.get(entry)
    if (known !== undefined) return known
    const config = Object.entries(this.file.entry.config ?? {})
    const header: CallHeader = {
      module: this.file.sha256,
      entry,
      functions: offered(this.file),
      config: Object.fromEntries(
        config.map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)])
      ),
      quotas
    }
    const encoded = encoder.encode(JSON.stringify(header))
    this.#headers.set(entry, encoded)
    return encoded
  }
}

/** The output that `parse` understands, or `bad_output`. */
export const expected = <A>(
  plugin: PluginName,
  parse: (output: string) => Option.Option<A>,
  what: string
): ((output: string) => Effect.Effect<A, CallFailed>) => {
  return (output) =>
    Effect.mapError(Effect.fromOption(parse(output)), () => fail(plugin, "bad_output", `its output is not ${what}`))
}
