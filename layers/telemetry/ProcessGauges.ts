/** What is read when it is asked for: connections, slots, memory, the event loop's lateness, age. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { Gauges } from "../../src/domain/Gauges.ts"
import * as Metrics from "../../src/domain/Metrics.ts"
import { Connections } from "../../src/gateway/Connection.ts"

export interface Options {
  /** Sandbox processes that run, and those of them without work. */
  readonly slots: Effect.Effect<{ readonly running: number; readonly idle: number }>
  /** Reads them at this interval too, for an exporter that asks nobody. */
  readonly every: "8 seconds" | undefined
}

/** Milliseconds between two looks at the loop; they are part of what the histogram shows. */
const resolution = 20

/** Nobody pays for looking before somebody asked. */
const lateness = (): (() => number) => {
  let histogram: ReturnType<typeof monitorEventLoopDelay> | undefined
  return () => {
    if (histogram === undefined) {
      histogram = monitorEventLoopDelay({ resolution })
      histogram.enable()
    }
    const nanos = histogram.count === 0 ? 0 : histogram.percentile(99)
    histogram.reset()
    return Math.max(0, nanos / 1e9 - resolution / 1e3)
  }
}

export const layer = ({ every, slots }: Options): Layer.Layer<Gauges, never, Connections> =>
  Layer.effect(
    Gauges,
    Effect.gen(function* () {
      const connections = yield* Connections
      const late = lateness()
      const refresh = Effect.map(slots, ({ idle, running }) => {
        const operators = connections.list().filter(({ listener }) => listener === "operator").length
        Metrics.connections.recordUnsafe({ listener: "operator" }, operators)
        Metrics.connections.recordUnsafe({ listener: "client" }, connections.list().length - operators)
        Metrics.slots.recordUnsafe({ state: "idle" }, idle)
        Metrics.slots.recordUnsafe({ state: "busy" }, running - idle)
        Metrics.residentMemory.recordUnsafe({}, process.memoryUsage.rss())
        Metrics.eventLoopDelay.recordUnsafe({}, late())
        Metrics.uptime.recordUnsafe({}, process.uptime())
      })
      if (every !== undefined) yield* Effect.forkScoped(Effect.repeat(refresh, Schedule.spaced(every)))
      return Gauges.of({ refresh })
    })
  )
