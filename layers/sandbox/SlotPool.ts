/** Runs one call at a time in each slot: lends a slot, speaks with it, kills it at the deadline or when interrupted. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { CallFailed } from "../../src/sandbox/PluginError.ts"
import type { PluginName } from "../../src/domain/Ids.ts"
import { type Programs, programs } from "./Programs.ts"
import type { Cause, Slot, SlotEvent, WasmModule } from "./Slot.ts"
import type { Lease } from "./Lease.ts"
import { Slots, type SlotsConfig } from "./Slots.ts"

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

export class SlotPool extends Context.Service<
  SlotPool,
  {
    /** The plugin's output. The slot is killed where the call is interrupted, too slow or too big. */
    readonly call: <R>(invocation: Invocation, onHostCall: OnHostCall<R>) => Effect.Effect<Uint8Array, CallFailed, R>
    /** Has the first slots started, for after the doors are open. */
    readonly warm: Effect.Effect<void>
    /** Process ids of the zygote and of the slots that run, and how many of these have no work. */
    readonly processes: Effect.Effect<{
      readonly zygote: number | undefined
      readonly slots: ReadonlyArray<number>
      readonly idle: number
    }>
  }
>()("exoclaw/sandbox/SlotPool") {}

const WAIT_MS = 30_000
/** How many seconds of processor time a slot may use in all, deadline apart. */
const CPU_SECONDS = 120

const why = (cause: Cause, invocation: Invocation, config: SlotsConfig): readonly [CallFailed["kind"], string] => {
  switch (cause) {
    case "deadline":
      return ["deadline", `it ran longer than ${invocation.deadlineMs} ms and was stopped`]
    case "waiting":
      return ["deadline", "what it asked for took too long and it was stopped"]
    case "memory":
      return ["memory", `it used more than ${config.memoryMiB} MiB and was stopped`]
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

const failed = (plugin: PluginName, kind: CallFailed["kind"], message: string): CallFailed =>
  new CallFailed({ plugin, kind, message: `Plugin "${plugin}" failed: ${message.replace(/\.$/, "")}.` })

/** Waits for a slot, begins the call there, and gives its first event. */
const begun = (slots: Slots, lease: Lease, { deadlineMs, header, input, module, plugin }: Invocation) =>
  Effect.callback<SlotEvent, CallFailed>((resume) => {
    const unavailable = (message: string) => resume(Effect.fail(failed(plugin, "unavailable", message)))
    let patience: NodeJS.Timeout | undefined
    const wait = (milliseconds: number, then: () => void) => {
      patience = setTimeout(then, milliseconds)
    }
    const giveUp = () => {
      const { trouble } = slots
      unavailable(trouble === undefined ? "no process was free in time" : `${trouble}; ${DOCTOR}`)
    }
    lease.settled(() => {
      clearTimeout(patience)
      const { slot } = lease
      if (slot === undefined) return unavailable(lease.failure ?? "no process is free")
      lease.start(deadlineMs)
      slot.begin(module, header, input)
      slot.next((event) => resume(Effect.succeed(event)))
    })
    // for processes that do not start nobody waits longer than the call itself could take
    const short = Math.min(deadlineMs, WAIT_MS)
    if (lease.waits) wait(short, () => (slots.hopeless ? giveUp() : wait(WAIT_MS - short, giveUp)))
    return Effect.sync(() => clearTimeout(patience))
  })

const nextEvent = (slot: Slot): Effect.Effect<SlotEvent> =>
  Effect.callback((resume) => slot.next((event) => resume(Effect.succeed(event))))

/** Ends when the slot does: a host function must not outlive its caller. */
const death = (slot: Slot): Effect.Effect<void> =>
  Effect.callback((resume) => {
    slot.onDeath(() => resume(Effect.void))
    return Effect.sync(() => slot.onDeath(undefined))
  })

/** What a host function answers; undefined where the slot died first. */
const replied = <R>(
  lease: Lease,
  slot: Slot,
  work: Effect.Effect<Uint8Array, CallFailed, R>
): Effect.Effect<Uint8Array | undefined, CallFailed, R> =>
  Effect.flatMap(Effect.forkChild(work, { startImmediately: true }), (asked) => {
    // most are done by now: then nobody has waited
    const done = asked.pollUnsafe()
    if (done !== undefined) return done
    lease.pause()
    return Effect.raceFirst(Fiber.join(asked), death(slot)).pipe(
      Effect.map((reply) => {
        lease.resume()
        return reply ?? undefined
      }),
      Effect.ensuring(Fiber.interrupt(asked))
    )
  })

const converse = <R>(
  slots: Slots,
  lease: Lease,
  invocation: Invocation,
  onHostCall: OnHostCall<R>,
  config: SlotsConfig
): Effect.Effect<Uint8Array, CallFailed, R> => {
  const { plugin } = invocation
  const answer = (slot: Slot, event: SlotEvent): Effect.Effect<Uint8Array, CallFailed, R> => {
    switch (event.kind) {
      case "output":
        lease.clean = true
        return Effect.succeed(event.bytes)
      case "failure":
        lease.clean = true
        return Effect.fail(failed(plugin, event.failure.kind, event.failure.message))
      case "died":
        return Effect.fail(failed(plugin, ...why(event.cause, invocation, config)))
      case "hostCall":
        return Effect.flatMap(replied(lease, slot, onHostCall(event.name, event.argument)), (reply) => {
          if (reply !== undefined) slot.reply(reply)
          return Effect.flatMap(nextEvent(slot), (next) => answer(slot, next))
        })
    }
  }
  return Effect.flatMap(begun(slots, lease, invocation), (event) => {
    const { slot } = lease
    if (slot === undefined) return Effect.fail(failed(plugin, "unavailable", "no process is free"))
    const told = { "exoclaw.slot.pid": slot.pid, "exoclaw.slot.warm": slot.calls > 1 }
    return Effect.andThen(Effect.annotateCurrentSpan(told), answer(slot, event))
  })
}

/** Seconds of processor time after which the kernel ends a slot that nobody watches. */
const cpuSeconds = (deadlineMs: number): number => CPU_SECONDS + Math.ceil(deadlineMs / 1000) * 2

/** Processes start with the first call or with `warm`; all of them end with the Layer's scope. */
export const layer = (
  config: SlotsConfig,
  deadlineMs: number,
  program: Programs = programs(cpuSeconds(deadlineMs))
): Layer.Layer<SlotPool> =>
  Layer.effect(
    SlotPool,
    Effect.gen(function* () {
      const slots = yield* Effect.acquireRelease(
        Effect.sync(() => new Slots(config, program)),
        (open) => Effect.promise(() => open.close())
      )
      return SlotPool.of({
        call: (invocation, onHostCall) =>
          Effect.uninterruptibleMask((restore) =>
            Effect.suspend(() => {
              const lease = slots.lease(invocation.affinity, invocation.caller)
              return Effect.ensuring(
                restore(converse(slots, lease, invocation, onHostCall, config)),
                Effect.sync(() => {
                  invocation.onWorked?.(lease.busyMs)
                  lease.close()
                })
              )
            })
          ),
        warm: Effect.sync(() => slots.want()),
        processes: Effect.sync(() => ({ zygote: slots.zygotePid, slots: slots.pids, idle: slots.idle }))
      })
    })
  )
