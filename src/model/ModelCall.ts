/** One attempt at a call: a fiber that outlives its reader just long enough to learn what the vendor charges. */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Meter } from "../budget/Meter.ts"
import * as ErrorKind from "../domain/ErrorKind.ts"
import { inSpan } from "../domain/InSpan.ts"
import { monotonicMillis } from "../domain/Monotonic.ts"
import * as CallTelemetry from "./CallTelemetry.ts"
import type { ModelAdapter } from "./ModelAdapter.ts"
import { ModelError } from "./ModelError.ts"
import type { ModelPart, ModelRequest } from "./ModelRequest.ts"
import { Delivered, decodeUsage, reportedBy, unknownUsage } from "./ModelUsage.ts"

export interface CallOptions {
  readonly adapter: ModelAdapter
  readonly request: ModelRequest
  readonly meter: Meter
  /** Where the reading fiber lives: the door's own scope. */
  readonly scope: Scope.Scope
  readonly idle: Duration.Input
  readonly total: Duration.Input
  readonly drain: Duration.Input
  /** Told how the vendor's stream ended. */
  readonly onEnd: (error: ModelError | undefined) => Effect.Effect<void>
}

const timeout = (provider: string, what: string): ModelError =>
  new ModelError({
    provider,
    kind: "timeout",
    message: `The provider ${provider} ${what}.`,
    retryable: true,
    unused: false
  })

const cutShort = (provider: string): ModelError =>
  new ModelError({
    provider,
    kind: "stream",
    message: `The answer of ${provider} ended before it was complete.`,
    retryable: true,
    unused: false
  })

const runaway = (provider: string): ModelError =>
  new ModelError({
    provider,
    kind: "protocol",
    message: `The provider ${provider} went on far beyond the length it was allowed; it was cut off.`,
    // it would do so again, and be paid for it again
    retryable: false,
    unused: false
  })

/** Parts in a row without a sign of an answer, after which it is none. */
const mostIdleParts = 4_096

const isProgress = (part: ModelPart): boolean => {
  switch (part.type) {
    case "text-delta":
    case "reasoning-delta":
    case "tool-params-delta":
      return part.delta !== ""
    case "tool-call":
    case "finish":
      return true
    default:
      return false
  }
}

const saysNothing = (provider: string): ModelError =>
  new ModelError({
    provider,
    kind: "protocol",
    message: `The provider ${provider} went on without saying anything; it was cut off.`,
    retryable: false,
    unused: false
  })

/** Output, by our own estimate, after which nobody believes any more that the vendor keeps to its limit. */
const farBeyond = (maxOutputTokens: number): number => 4 * maxOutputTokens + 8_192

// A usage the ledger would not take is not shown to anybody either.
const clean = (part: ModelPart): ModelPart =>
  part.type === "finish" && decodeUsage(part.usage) === undefined ? { ...part, usage: unknownUsage } : part

/** Starts the attempt; the scope is that of whoever reads the parts. */
export const runCall = Effect.fnUntraced(function* (
  options: CallOptions
): Effect.fn.Return<Stream.Stream<ModelPart, ModelError>, never, Scope.Scope> {
  const { adapter, meter, request } = options
  const { provider } = adapter
  const parts = yield* Queue.bounded<ModelPart, ModelError | Cause.Done>(64)
  const delivered = new Delivered()
  const idle = Duration.toMillis(options.idle)
  const total = Duration.toMillis(options.total)
  const most = farBeyond(request.maxOutputTokens)
  const started = yield* monotonicMillis
  let heard = started
  /** Output, by our own estimate, of which the ledger need not know before the end. */
  let beyond = request.maxOutputTokens
  let began = false
  let finished = false
  let reading = true
  let waiting = false
  let idleParts = 0
  let ended = false

  const account = (part: ModelPart): Effect.Effect<void> => {
    delivered.add(part)
    const reported = reportedBy(part)
    if (reported === undefined) return Effect.void
    const usage = meter.usage(reported.usage, reported.stage, reported.raw)
    return reported.stage === "final" ? Effect.andThen(meter.delivered(delivered.tokens), usage) : usage
  }

  const take = Effect.fnUntraced(function* (part: ModelPart) {
    // whoever sends part after part and says nothing is silent
    if (isProgress(part) || !began) {
      heard = yield* monotonicMillis
      idleParts = 0
    } else if (++idleParts > mostIdleParts) return yield* saysNothing(provider)
    if (!began) yield* meter.began
    began = true
    yield* account(part)
    if (delivered.counted > beyond) {
      beyond = delivered.counted
      yield* meter.delivered(beyond)
    }
    // whether somebody reads or it is only drained for its usage: every further token is one more to pay for
    if (part.type !== "finish" && delivered.counted > most) return yield* runaway(provider)
    if (part.type === "finish") {
      finished = true
      yield* CallTelemetry.finished(provider, request, part)
    }
    if (!reading || Queue.offerUnsafe(parts, clean(part))) return
    waiting = true
    yield* Queue.offer(parts, clean(part))
    waiting = false
    heard = yield* monotonicMillis
  })

  const end = Effect.fnUntraced(function* (exit: Exit.Exit<void, ModelError>) {
    ended = true
    // What comes after the vendor's last word changes nothing.
    const error = finished
      ? undefined
      : Exit.isSuccess(exit)
        ? cutShort(provider)
        : Option.getOrUndefined(Cause.findErrorOption(exit.cause))
    const complete = finished || Exit.isSuccess(exit)
    const kind = error === undefined ? (complete ? "" : "interrupted") : ErrorKind.ofError(error)
    yield* CallTelemetry.ended(provider, request, (yield* monotonicMillis) - started, kind)
    if (error?.unused === true && !began) yield* meter.refusedUnused
    // also behind the vendor's last word, which did not know of it
    if (began) yield* meter.delivered(delivered.tokens)
    if (error !== undefined || complete) yield* options.onEnd(error)
    if (error !== undefined) yield* Queue.fail(parts, error)
    else if (complete || Exit.isSuccess(exit)) yield* Queue.end(parts)
    else yield* Queue.failCause(parts, exit.cause)
  })

  const producer = yield* Stream.runForEach(adapter.stream(request), take).pipe(
    Effect.onExit(end),
    inSpan(`chat ${request.model}`, {
      kind: "client",
      attributes: CallTelemetry.attributes(provider, request)
    }),
    Effect.exit,
    Effect.forkIn(options.scope)
  )
  // An adapter that cannot be interrupted keeps its fiber, and not the hold.
  const stopped = Effect.timeoutOption(Effect.interruptible(Fiber.interrupt(producer)), options.drain)
  yield* meter.drained(Effect.ensuring(Fiber.await(producer), stopped), options.drain)

  // A vendor is silent only while nobody makes it wait.
  const watch: Effect.Effect<ModelError> = Effect.gen(function* () {
    for (;;) {
      if (ended) return yield* Effect.never
      const now = yield* monotonicMillis
      const left = started + total - now
      const quiet = waiting ? idle : heard + idle - now
      if (left <= 0) return timeout(provider, `took longer than ${Math.round(total / 1000)} seconds`)
      if (quiet <= 0) return timeout(provider, `was silent for ${Math.round(idle / 1000)} seconds`)
      yield* Effect.sleep(Math.min(left, quiet))
    }
  })
  yield* Effect.forkScoped(
    Effect.flatMap(watch, (error) => Effect.andThen(options.onEnd(error), Queue.fail(parts, error)))
  )

  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      reading = false
      const stop = finished ? Fiber.interrupt(producer) : Effect.void
      return Effect.andThen(Queue.shutdown(parts), Effect.asVoid(stop))
    })
  )
  return Stream.fromQueue(parts)
}, Effect.uninterruptible)
