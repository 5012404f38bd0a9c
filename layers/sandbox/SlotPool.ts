/** Runs one call at a time in each slot: the pool as a service, whose processes end with its scope. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { CallFailed } from "../../src/sandbox/PluginError.ts"
import { type Invocation, invoke, type OnHostCall } from "./Invocation.ts"
import { type Programs, programs } from "./Programs.ts"
import { Slots, type SlotsConfig } from "./Slots.ts"

export class SlotPool extends Context.Service<
  SlotPool,
  {
    /** The plugin's output. The slot is killed where the call is interrupted, too slow or too big. */
    readonly call: <R>(invocation: Invocation, onHostCall: OnHostCall<R>) => Effect.Effect<Uint8Array, CallFailed, R>
    /** Has the first slots started, for after the doors are open. */
    readonly warm: Effect.Effect<void>
    /** Process ids of the zygote and of the slots that run; how many of these have no work, and how many are on their way. */
    readonly processes: Effect.Effect<{
      readonly zygote: number | undefined
      readonly slots: ReadonlyArray<number>
      readonly idle: number
      readonly starting: number
    }>
  }
>()("exoclaw/sandbox/SlotPool") {}

/** How many seconds of processor time a slot may use in all, deadline apart. */
const CPU_SECONDS = 120

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
        call: (invocation, onHostCall) => invoke(slots, config.memoryMiB, invocation, onHostCall),
        warm: Effect.sync(() => slots.want()),
        processes: Effect.sync(() => ({
          zygote: slots.zygotePid,
          slots: slots.pids,
          idle: slots.idle,
          starting: slots.starting
        }))
      })
    })
  )
