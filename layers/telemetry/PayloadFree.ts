/**
 * Spans that say what kind of error it was and not what its message said: a message may quote a person, a stack trace
 * starts with the message.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Tracer from "effect/Tracer"
import * as ErrorKind from "../../src/domain/ErrorKind.ts"

/** An error that holds its kind and nothing else. */
const nameless = (kind: string): Error => {
  const error = new Error(kind)
  error.name = kind
  error.stack = kind
  return error
}

/** What remains of a cause; interruption stays what it is, and where nothing happened there is nothing to tell. */
export const ofCause = (cause: Cause.Cause<unknown>): Cause.Cause<unknown> =>
  cause.reasons.length === 0 || Cause.hasInterruptsOnly(cause) ? cause : Cause.fail(nameless(ErrorKind.ofCause(cause)))

/** Wraps the tracer below. */
export const layer: Layer.Layer<never> = Layer.effect(
  Tracer.Tracer,
  Effect.map(Tracer.Tracer, (tracer) =>
    Tracer.make({
      ...tracer,
      span: (options) => {
        const span = tracer.span(options)
        const end = span.end.bind(span)
        span.end = (endTime, exit) => {
          if (Exit.isSuccess(exit)) return end(endTime, Exit.void)
          if (!Cause.hasInterruptsOnly(exit.cause)) span.attribute("error.type", ErrorKind.ofCause(exit.cause))
          end(endTime, Exit.failCause(ofCause(exit.cause)))
        }
        return span
      }
    })
  )
)
