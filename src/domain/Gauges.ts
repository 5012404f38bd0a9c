/** Figures that are read when somebody asks for them, and not kept up to date in between. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

export class Gauges extends Context.Service<
  Gauges,
  {
    /** Reads them into the metrics. */
    readonly refresh: Effect.Effect<void>
  }
>()("exoclaw/domain/Gauges") {}
