/** Part of the traces, decided once at the root: a trace is exported whole or not at all. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { randomInt } from "node:crypto"

const steps = 1_000_000

/** Lets a share `part` (0 to 1) of the traces through to the tracer below. */
export const layer = (part: number): Layer.Layer<never> =>
  Layer.effect(
    Tracer.Tracer,
    Effect.map(Tracer.Tracer, (tracer) =>
      Tracer.make({
        ...tracer,
        span: (options) =>
          tracer.span({
            ...options,
            sampled:
              options.sampled &&
              Option.match(options.parent, {
                onNone: () => randomInt(steps) < part * steps,
                onSome: (parent) => parent.sampled
              })
          })
      })
    )
  )
