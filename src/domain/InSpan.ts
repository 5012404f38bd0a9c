/**
 * Spans on the way of a turn. `Effect.fn` and a plain `withSpan` note where they were called from, each time, for causes
 * that nobody reads there: that costs more than the span, also where nothing is traced.
 */
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import type { SpanOptionsNoTrace } from "effect/Tracer"

/** Runs an effect in a span of this name; as it is where nothing is traced. */
export const inSpan =
  (name: string, options: SpanOptionsNoTrace = {}) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.withFiber((fiber) =>
      fiber.getRef(References.TracerEnabled)
        ? Effect.withSpan(self, name, { ...options, captureStackTrace: false })
        : self
    )
