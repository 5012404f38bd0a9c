/** What the gateway tells of itself: log lines always, traces and metrics where a collector is configured. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import type { ForLogs } from "../../src/casil/ForLogs.ts"
import * as Logs from "./Logs.ts"

export interface Options {
  readonly endpoint: string | undefined
  /** Part of the traces that is exported, 0 to 1. */
  readonly sample: number
  /** Least severe log line that is written. */
  readonly logs: string
  /** What is taken out of every line. */
  readonly forLogs: ForLogs
  /** The tracer of an embedding program, in place of the collector. */
  readonly own?: Layer.Layer<never> | undefined
}

/** Nobody would see them, so no spans are made. */
const untraced: Layer.Layer<never> = Layer.succeed(References.TracerEnabled, false)

const traced = ({ endpoint, forLogs, own, sample }: Options): Layer.Layer<never> => {
  if (own !== undefined) {
    return Layer.unwrap(Effect.promise(async () => (await import("./Tracing.ts")).layer(sample))).pipe(
      Layer.provideMerge(own)
    )
  }
  return endpoint === undefined
    ? untraced
    : Layer.unwrap(Effect.promise(async () => (await import("./OtlpExport.ts")).layer(endpoint, sample, forLogs)))
}

export const layer = (options: Options): Layer.Layer<never> =>
  Layer.provideMerge(traced(options), Logs.layer(options.logs, options.forLogs))
