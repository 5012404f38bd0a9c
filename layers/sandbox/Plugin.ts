/** A loaded plugin: how it is called in a slot, and what its host calls may do. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { PluginName, TenantId } from "../../src/domain/Ids.ts"
import { inSpan } from "../../src/domain/InSpan.ts"
import type { Json } from "../../src/domain/Json.ts"
import { currentPrincipal, type Principal } from "../../src/identity/Principal.ts"
import type { CapabilityKind } from "../../src/sandbox/Capability.ts"
import { Capabilities, type SealedCapabilities } from "../../src/sandbox/Grant.ts"
import { type HostCall, type HostFunction, NAMESPACE } from "../../src/sandbox/HostFunction.ts"
import { KERNEL_NAMESPACE } from "../../src/sandbox/Kernel.ts"
import { CallFailed } from "../../src/sandbox/PluginError.ts"
import type { CallContext } from "../../src/sandbox/Sandbox.ts"
import * as Breaker from "../../src/sandbox/Breaker.ts"
import { errno, WASI_NAMESPACE } from "../../src/sandbox/Wasi.ts"
import { defuse, hides } from "../../src/secret/Defuse.ts"
import { type CallHeader, quotas, withBody } from "./Frame.ts"
import { PluginBreakers } from "./PluginBreakers.ts"
import type { PluginFile } from "./PluginFile.ts"
import type { OnHostCall } from "./Invocation.ts"
import type { SlotPool } from "./SlotPool.ts"

/** Who fills in secrets must tell apart what the plugin wrote from what it was told to write. */
const PLACEHOLDER = "the input holds a {{secret:NAME}} placeholder, and only the plugin itself says where a secret goes"

/** Log lines of one call; more are answered, not written. */
const LOG_LINES = 100

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

const fail = (plugin: PluginName, kind: CallFailed["kind"], why: string): CallFailed =>
  new CallFailed({ plugin, kind, message: `Plugin "${plugin}" failed: ${why.replace(/\.$/, "")}.` })

const text = (plugin: PluginName, bytes: Uint8Array, what: string): Effect.Effect<string, CallFailed> =>
  Effect.try({
    try: () => utf8.decode(bytes),
    catch: () => fail(plugin, "bad_output", `${what} is not UTF-8`)
  })

/** What the plugin reads in place of a reply. */
const refusal = (name: string, error: string): Uint8Array =>
  name === HTTP_REQUEST
    ? withBody(encoder.encode(JSON.stringify({ error, denied: true })), new Uint8Array())
    : encoder.encode(JSON.stringify({ error }))
const HTTP_REQUEST = "http_request"

/** The names of what the module imports of a namespace. */
const imported = (file: PluginFile, namespace: string): ReadonlyArray<string> =>
  file.imports.flatMap((entry) => (entry.startsWith(`${namespace}/`) ? [entry.slice(namespace.length + 1)] : []))

/** What a slot of it may ask the gateway; Extism's own logging is `log` too. */
const mayCall = (file: PluginFile): ReadonlySet<string> => {
  const kernel = imported(file, KERNEL_NAMESPACE)
  return new Set([
    ...imported(file, NAMESPACE),
    ...(kernel.some((name) => name.startsWith("log_")) ? ["log"] : []),
    ...(kernel.includes(HTTP_REQUEST) ? [HTTP_REQUEST] : [])
  ])
}

const entries = (values: Readonly<Record<string, Json>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)])
  )

interface More {
  readonly granted?: boolean
  readonly onWorked?: (milliseconds: number) => void
  /** Who waits for a slot. */
  readonly caller?: string
}

/** `file` as slots run it. */
export class Plugin {
  readonly file: PluginFile
  readonly #pool: SlotPool["Service"]
  readonly #deadlineMs: number
  readonly #functions: ReadonlyMap<string, HostFunction>
  readonly #headers = new Map<string, Uint8Array>()
  readonly #breakers = new PluginBreakers()
  /** Whether placeholders in its requests are filled in. */
  readonly #fills: boolean

  constructor(file: PluginFile, pool: SlotPool["Service"], deadlineMs: number, functions: ReadonlyArray<HostFunction>) {
    this.file = file
    this.#pool = pool
    this.#deadlineMs = deadlineMs
    this.#fills = file.capabilities.some(({ kind }) => kind === "secret")
    const allowed = mayCall(file)
    this.#functions = new Map(functions.filter((known) => allowed.has(known.name)).map((known) => [known.name, known]))
  }

  get name(): PluginName {
    return this.file.entry.name
  }

  /** What the plugin says about itself, with no grants: every host function refuses. */
  describe(): Effect.Effect<string, CallFailed> {
    const refused = (name: string) => Effect.succeed(refusal(name, "not available while describing"))
    return this.#run("describe", "{}", "describe", refused, { granted: false })
  }

  /** Runs `entry` for the acting principal, under the plugin's grants. */
  call(
    entry: string,
    input: string,
    table: SealedCapabilities,
    context: CallContext
  ): Effect.Effect<string, CallFailed, Principal> {
    const call: HostCall = { ...context, plugin: this.name }
    if (this.#fills && hides(input)) {
      return Effect.fail(fail(this.name, "denied", PLACEHOLDER))
    }
    return Effect.flatMap(currentPrincipal, (principal) => {
      let lines = 0
      return this.#guarded(principal.tenant, (onWorked) =>
        this.#run(
          entry,
          input,
          `${this.name} ${principal.tenant}`,
          (name, argument) =>
            name === "log" && ++lines > LOG_LINES
              ? Effect.succeed(refusal(name, `more than ${LOG_LINES} log lines in one call`))
              : this.#answer(name, argument, call),
          { onWorked, caller: `${principal.tenant} ${principal.id}` }
        )
      )
      // once for all its host calls
    }).pipe(Effect.provideService(Capabilities, table))
  }

  /** Lets no call of the tenant through while the plugin rests for it; `run` tells how long its slot worked. */
  #guarded<A, R>(
    tenant: TenantId,
    run: (onWorked: (milliseconds: number) => void) => Effect.Effect<A, CallFailed, R>
  ): Effect.Effect<A, CallFailed, R> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const resting = this.#breakers.resting(tenant, now)
      if (resting !== undefined) {
        const why = resting.because === "worked" ? "worked too long" : "was stopped too often"
        const seconds = Math.ceil(Breaker.rest(resting, now) / 1000)
        return Effect.fail(fail(this.name, "unavailable", `it ${why} and rests for ${seconds} s`))
      }
      let worked = 0
      const call = run((milliseconds) => {
        worked = milliseconds
      })
      return Effect.onExit(call, (exit) =>
        Effect.map(Clock.currentTimeMillis, (then) => {
          const error = Exit.isFailure(exit) ? Option.getOrUndefined(Exit.findErrorOption(exit)) : undefined
          // who gave up says nothing about the plugin, but for the time that it took
          const kind = Exit.isSuccess(exit) ? undefined : (error?.kind ?? "unavailable")
          this.#breakers.after(tenant, Breaker.costOf(kind, worked), then)
        })
      )
    })
  }

  #answer(
    name: string,
    argument: Uint8Array,
    call: HostCall
  ): Effect.Effect<Uint8Array, CallFailed, Principal | Capabilities> {
    const known = this.#functions.get(name)
    // The module cannot import it, so the slot is not what it was: its call ends, and with it the slot.
    if (known === undefined) return Effect.fail(fail(this.name, "denied", "it asked for what it was not given"))
    const answer = known.call(argument, call)
    // what was kept or said by others; an answer to a request is a body and not all text, and was looked through before
    return this.#fills && name !== HTTP_REQUEST ? Effect.map(answer, defuse) : answer
  }

  #run<R>(entry: string, input: string, affinity: string, onHostCall: OnHostCall<R>, more: More = {}) {
    return this.#pool
      .call(
        {
          plugin: this.name,
          module: { key: this.file.sha256, bytes: this.file.bytes },
          header: this.#header(entry, more.granted ?? true),
          input: encoder.encode(input),
          affinity,
          deadlineMs: this.#deadlineMs,
          ...(more.onWorked === undefined ? {} : { onWorked: more.onWorked }),
          ...(more.caller === undefined ? {} : { caller: more.caller })
        },
        onHostCall
      )
      .pipe(
        Effect.flatMap((bytes) => text(this.name, bytes, "its output")),
        inSpan("plugin.call", { attributes: { "exoclaw.plugin": this.name, "exoclaw.plugin.export": entry } })
      )
  }

  /** Without grants the module's imports are there, and none of them does anything. */
  #header(entry: string, granted: boolean): Uint8Array {
    const known = this.#headers.get(entry)
    if (known !== undefined) return known
    const { capabilities, entry: configured, sha256 } = this.file
    const holds = (kind: CapabilityKind) => granted && capabilities.some((capability) => capability.kind === kind)
    const header: CallHeader = {
      module: sha256,
      entry,
      functions: imported(this.file, NAMESPACE),
      http: holds("http"),
      wasi: Object.fromEntries(imported(this.file, WASI_NAMESPACE).map((name) => [name, errno(name)])),
      clock: holds("clock"),
      random: holds("random"),
      config: entries(configured.config ?? {}),
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
