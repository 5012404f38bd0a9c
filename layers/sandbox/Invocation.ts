/** One call of a plugin in a slot: waits for a slot, begins there, answers what the plugin asks of the host, and ends. */
import { AsyncResource } from "node:async_hooks"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Tracer from "effect/Tracer"
import type { PluginName } from "../../src/domain/Ids.ts"
import { CallFailed } from "../../src/sandbox/PluginError.ts"
import type { Lease } from "./Lease.ts"
import type { Cause, Slot, SlotEvent, WasmModule } from "./Slot.ts"
import type { Slots } from "./Slots.ts"

export interface Invocation {
  readonly plugin: PluginName
  readonly module: WasmModule
  /** Encoded `CallHeader`. */
  readonly header: Uint8Array
  readonly input: Uint8Array
  /** Calls with the same one prefer the same slot. */
  readonly affinity: string
  /** In whose name; whoever waits for a slot takes turns with the others who do. The same as `affinity` where absent. */
  readonly caller?: string
  readonly deadlineMs: number
  /** Told how many milliseconds the slot worked, once the call is over. */
  readonly onWorked?: (milliseconds: number) => void
}

/** Answers a plugin's call of a host function. */
export type OnHostCall<R> = (name: string, argument: Uint8Array) => Effect.Effect<Uint8Array, CallFailed, R>

const WAIT_MS = 30_000

const why = (cause: Cause, invocation: Invocation, memoryMiB: number): readonly [CallFailed["kind"], string] => {
  switch (cause) {
    case "deadline":
      return ["deadline", `it ran longer than ${invocation.deadlineMs} ms and was stopped`]
    case "waiting":
      return ["deadline", "what it asked for took too long and it was stopped"]
    case "memory":
      return ["memory", `it used more than ${memoryMiB} MiB and was stopped`]
    case "protocol":
      return ["crashed", "its process sent what no plugin process sends and was stopped"]
    case "retired":
      return ["unavailable", "the sandbox is shutting down"]
    case "crashed":
      return ["crashed", "its process ended unexpectedly"]
  }
}

/** The next step of whoever runs the gateway. */
const DOCTOR = "`exoclaw doctor` on its machine says what is wrong, and the next call tries again"

type Result = Effect.Effect<Uint8Array, CallFailed>

const failed = (plugin: PluginName, kind: CallFailed["kind"], message: string): Result =>
  Effect.fail(new CallFailed({ plugin, kind, message: `Plugin "${plugin}" failed: ${message.replace(/\.$/, "")}.` }))

/** Says on the caller's span where it runs. */
const annotate = (context: Context.Context<never>, slot: Slot): void => {
  const span = Context.getOrUndefined(context, Tracer.ParentSpan)
  if (span?._tag !== "Span") return
  span.attribute("exoclaw.slot.pid", slot.pid)
  span.attribute("exoclaw.slot.warm", slot.calls > 1)
}

/**
 * What happens between the slot's frames, which arrive outside of any fiber. Most host functions are done at once: each
 * runs from where its frame was read to where its reply is written, without a stop in between.
 */
class Running<R> {
  readonly #slots: Slots
  readonly #invocation: Invocation
  readonly #lease: Lease
  readonly #onHostCall: OnHostCall<R>
  readonly #memoryMiB: number
  readonly #context: Context.Context<R>
  /** The caller's own asynchronous context: frames arrive in that of nobody. */
  readonly #caller = new AsyncResource("exoclaw/sandbox/Invocation")
  readonly #end: (result: Result) => void
  #patience: NodeJS.Timeout | undefined
  /** The host function that the slot waits for, where it was not done at once. */
  #asked: Fiber.Fiber<Uint8Array, CallFailed> | undefined
  /** A host function runs that has not waited yet. */
  #asking = false
  /** What the call ends with as soon as its host function has stopped. */
  #dead: Result | undefined
  #over = false

  constructor(
    slots: Slots,
    memoryMiB: number,
    invocation: Invocation,
    onHostCall: OnHostCall<R>,
    context: Context.Context<R>,
    end: (result: Result) => void
  ) {
    this.#slots = slots
    this.#invocation = invocation
    this.#onHostCall = onHostCall
    this.#memoryMiB = memoryMiB
    this.#context = context
    this.#end = end
    this.#lease = slots.lease(invocation.affinity, invocation.caller)
    this.#lease.settled(() => this.#begin())
    if (!this.#lease.waits) return
    // for processes that do not start nobody waits longer than the call itself could take
    const short = Math.min(invocation.deadlineMs, WAIT_MS)
    this.#wait(short, () => {
      if (slots.hopeless) this.#giveUp()
      else this.#wait(WAIT_MS - short, () => this.#giveUp())
    })
  }

  #wait(milliseconds: number, then: () => void): void {
    this.#patience = setTimeout(then, milliseconds)
  }

  #giveUp(): void {
    const { trouble } = this.#slots
    this.#fail("unavailable", trouble === undefined ? "no process was free in time" : `${trouble}; ${DOCTOR}`)
  }

  /** Nobody wants the answer any more: the slot goes, but not before its host function has stopped. */
  stop(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#over = true
      // told from within a host function, which cannot be stopped before it first waits
      if (this.#asking) return Effect.andThen(Effect.yieldNow, this.stop())
      const close = Effect.sync(() => this.#close())
      return this.#asked === undefined ? close : Effect.ensuring(Fiber.interrupt(this.#asked), close)
    })
  }

  #begin(): void {
    clearTimeout(this.#patience)
    const { deadlineMs, header, input, module } = this.#invocation
    const { slot } = this.#lease
    if (slot === undefined) return this.#fail("unavailable", this.#lease.failure ?? "no process is free")
    this.#lease.start(deadlineMs)
    slot.begin(module, header, input, (event) => this.#on(slot, event))
    annotate(this.#context, slot)
  }

  #on(slot: Slot, event: SlotEvent): void {
    if (this.#over) return
    switch (event.kind) {
      case "output":
        this.#lease.clean = true
        return this.#finish(Effect.succeed(event.bytes))
      case "failure":
        this.#lease.clean = true
        return this.#fail(event.failure.kind, event.failure.message)
      case "died": {
        const end = failed(this.#invocation.plugin, ...why(event.cause, this.#invocation, this.#memoryMiB))
        if (this.#asked === undefined && !this.#asking) return this.#finish(end)
        // it must not outlive its caller
        this.#dead = end
        return this.#asked?.interruptUnsafe()
      }
      case "hostCall":
        return this.#ask(slot, event.name, event.argument)
    }
  }

  #ask(slot: Slot, name: string, argument: Uint8Array): void {
    const work = Effect.suspend(() => this.#onHostCall(name, argument))
    this.#asking = true
    // with the services and the span of the caller
    const asked = this.#caller.runInAsyncScope(() => Effect.runForkWith(this.#context)(work))
    this.#asking = false
    const done = asked.pollUnsafe()
    // most are done by now: then nobody has waited
    if (done !== undefined) return this.#answer(slot, done)
    this.#asked = asked
    if (this.#wanted) this.#lease.pause()
    asked.addObserver((exit) => {
      this.#asked = undefined
      if (this.#wanted) this.#lease.resume()
      this.#answer(slot, exit)
    })
    if (this.#dead !== undefined) asked.interruptUnsafe()
  }

  /** The slot is there for the reply, and the caller for the output. */
  get #wanted(): boolean {
    return !this.#over && this.#dead === undefined
  }

  #answer(slot: Slot, exit: Exit.Exit<Uint8Array, CallFailed>): void {
    if (this.#dead !== undefined) this.#finish(this.#dead)
    else if (exit._tag === "Failure") this.#finish(exit)
    else if (!this.#over) slot.reply(exit.value)
  }

  #fail(kind: CallFailed["kind"], message: string): void {
    this.#finish(failed(this.#invocation.plugin, kind, message))
  }

  #finish(result: Result): void {
    if (this.#over) return
    this.#over = true
    this.#close()
    this.#end(result)
  }

  #close(): void {
    clearTimeout(this.#patience)
    this.#invocation.onWorked?.(this.#lease.busyMs)
    this.#lease.close()
  }
}

/** The output of one call. The slot is killed where the call is interrupted, too slow or too big. */
export const invoke = <R>(
  slots: Slots,
  memoryMiB: number,
  invocation: Invocation,
  onHostCall: OnHostCall<R>
): Effect.Effect<Uint8Array, CallFailed, R> =>
  Effect.contextWith((context: Context.Context<R>) =>
    Effect.callback<Uint8Array, CallFailed>((resume) =>
      new Running(slots, memoryMiB, invocation, onHostCall, context, resume).stop()
    )
  )
