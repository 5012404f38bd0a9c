/**
 * One lane per busy session: it claims the session's turns from the store, one at a time, and is gone when there are
 * none. Lanes never wait for one another.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { Instance } from "../../src/domain/Instance.ts"
import type { TurnId } from "../../src/domain/Ids.ts"
import { Authenticator } from "../../src/identity/Authenticator.ts"
import { SessionStore, type StoredTurn } from "../../src/session/SessionStore.ts"
import type { Turn } from "../../src/session/Turn.ts"
import { type TurnOutcome, TurnRunner } from "../../src/session/TurnRunner.ts"
import type { TurnFeed } from "./TurnFeed.ts"

export interface Lanes {
  /** Makes sure that somebody in this process looks after the session. The span at hand is continued by `turn`. */
  readonly wake: (sessionId: string, turn?: TurnId) => Effect.Effect<void>
  /** Stops the turn if it runs here; waits until it is settled and ended. */
  readonly cancel: (turn: TurnId) => Effect.Effect<boolean>
  /** Claims no more turns; waits until the running ones are over, then gives the leases back. */
  readonly drain: Effect.Effect<void>
  readonly running: () => number
  readonly size: () => number
  /** Why nobody looks after the session just now, though somebody here should: its lane stopped, and will try again. */
  readonly stalled: (sessionId: string) => { readonly cause: unknown } | undefined
}

/** How often sessions whose lanes stopped are looked at. */
const retryEvery = "1 second"
/** A session whose lane stopped waits this long, twice as long after each further stop: a turn run anew costs anew. */
const firstWait = 1_000
const longestWait = 30_000

/** How often a process asks whether another one took a request to stop a turn that runs here. */
const cancelsEvery = "1 second"

/** More than `finish` ever appends. */
const lastEvents = 1_000

/** A stored turn as its runner needs it, acting as the principal that sent it. */
export const asTurn = (authenticator: Authenticator["Service"], stored: StoredTurn): Turn => ({
  id: stored.id,
  session: stored.session,
  principal: authenticator.internal({ id: stored.principal, tenant: stored.tenant, scopes: stored.scopes }),
  content: stored.content,
  maxTokens: stored.maxTokens,
  steps: stored.steps,
  events: stored.events.filter((event) => event.seq > stored.attemptAfter),
  before: stored.events.filter((event) => event.seq <= stored.attemptAfter),
  attempt: stored.attemptAfter,
  acceptedAt: stored.acceptedAt
})

interface Lane {
  /** Whether somebody woke it again since it last looked. */
  again: boolean
  /** The spans that turns continue; gone with the lane, for another process may have taken them up. */
  readonly spans: Map<TurnId, Tracer.AnySpan>
}

interface Stopped {
  readonly cause: unknown
  /** Milliseconds. */
  readonly wait: number
  readonly retryAt: number
}

interface Running {
  readonly fiber: Fiber.Fiber<TurnOutcome>
  cancelled: boolean
  readonly over: Set<() => void>
}

export const make: (
  feed: TurnFeed
) => Effect.Effect<Lanes, never, SessionStore | TurnRunner | Authenticator | Instance | Scope.Scope> =
  Effect.fnUntraced(function* (feed: TurnFeed) {
    const store = yield* SessionStore
    const runner = yield* TurnRunner
    const authenticator = yield* Authenticator
    const instance = yield* Instance
    const release = store
      .release(instance.id)
      .pipe(Effect.catch((error) => Effect.logWarning("The leases of sessions could not be given back", error.cause)))
    // after the lanes below are gone: another process, or the next layer in this one, need not wait for our death
    yield* Effect.addFinalizer(() => release)
    const fibers = yield* FiberSet.make<void>()
    const fork = yield* FiberSet.runtime(fibers)()
    /** By session. */
    const lanes = new Map<string, Lane>()
    const running = new Map<TurnId, Running>()
    /** By session, until its lane came to an end or to the end of a turn. */
    const stopped = new Map<string, Stopped>()
    const idleWaiters = new Set<() => void>()
    let draining = false

    const runTurn = Effect.fnUntraced(function* (stored: StoredTurn, span: Tracer.AnySpan | undefined) {
      const turn = asTurn(authenticator, stored)
      feed.open({ id: turn.id, tenant: stored.tenant, principal: stored.principal, session: stored.session })
      feed.publish(turn.id, stored.events.slice(-1))
      const run = runner.run(turn)
      const traced = span === undefined ? run : Effect.withParentSpan(run, span, { captureStackTrace: false })
      const fiber = yield* Effect.forkChild(traced, { startImmediately: false })
      const state: Running = { fiber, cancelled: false, over: new Set() }
      running.set(turn.id, state)
      const exit = yield* Fiber.await(fiber)
      const at = yield* Clock.currentTimeMillis
      if (Exit.isSuccess(exit)) {
        const outcome = exit.value
        yield* outcome.status === "waiting" ? store.suspend(turn.id, at) : store.finish(turn.id, { ...outcome, at })
      } else if (state.cancelled) {
        const receipt = yield* runner.receipt(turn)
        yield* store.finish(turn.id, { status: "cancelled", stopReason: "cancelled", receipt, at })
      } else {
        yield* Effect.logError("A turn ended with a defect", Cause.squash(exit.cause))
        const receipt = yield* runner.receipt(turn)
        const error = { code: -32603, message: "Internal error. The gateway's log says more." }
        yield* store.finish(turn.id, { status: "failed", stopReason: "error", receipt, error, at })
      }
      feed.publish(turn.id, yield* store.events(turn.id, feed.last(turn.id) ?? 0, lastEvents))
    })

    const over = (turn: TurnId) =>
      Effect.sync(() => {
        const state = running.get(turn)
        running.delete(turn)
        feed.close(turn)
        for (const resume of state?.over ?? []) resume()
      })

    const leave = (sessionId: string, state: Lane) => {
      if (lanes.get(sessionId) === state) lanes.delete(sessionId)
      if (lanes.size > 0) return
      for (const resume of idleWaiters) resume()
      idleWaiters.clear()
    }

    const stop = Effect.fnUntraced(function* (sessionId: string, cause: unknown) {
      const before = stopped.get(sessionId)
      const wait = before === undefined ? firstWait : Math.min(longestWait, before.wait * 2)
      stopped.set(sessionId, { cause, wait, retryAt: (yield* Clock.currentTimeMillis) + wait })
      if (before !== undefined) return
      yield* Effect.logError("A session's lane stopped; what is open stays journalled and is tried again", cause)
    })

    const lane = (sessionId: string, state: Lane): Effect.Effect<void> =>
      Effect.gen(function* () {
        for (;;) {
          if (draining) return
          state.again = false
          const next = yield* store.next(sessionId, instance, yield* Clock.currentTimeMillis)
          if (next._tag === "turn") {
            const { id } = next.turn
            const span = state.spans.get(id)
            state.spans.delete(id)
            yield* Effect.ensuring(runTurn(next.turn, span), over(id))
            // the end of the answer leaves before the store is asked for more: sockets write when this turn of the loop ends
            yield* Effect.yieldNow
          }
          stopped.delete(sessionId)
          // looked and left in one breath: whoever wakes it later makes a new one
          if (next._tag !== "turn" && !state.again) return leave(sessionId, state)
        }
      }).pipe(
        // the turn stays in the store as it is; it is recovered when the store answers again
        Effect.catchCause((cause) =>
          Cause.hasInterruptsOnly(cause) ? Effect.interrupt : stop(sessionId, Cause.squash(cause))
        ),
        Effect.ensuring(Effect.sync(() => leave(sessionId, state)))
      )

    const cancel = (turn: TurnId): Effect.Effect<boolean> =>
      Effect.callback<boolean>((resume) => {
        const state = running.get(turn)
        if (state === undefined) return resume(Effect.succeed(false))
        state.cancelled = true
        state.over.add(() => resume(Effect.succeed(true)))
        state.fiber.interruptUnsafe()
      })

    yield* Effect.forkScoped(
      Effect.suspend(() => (running.size === 0 ? Effect.succeed([]) : store.cancelRequests(instance.id))).pipe(
        Effect.flatMap((turns) => Effect.forEach(turns, (turn) => Effect.forkChild(cancel(turn)), { discard: true })),
        // asked again in a second
        Effect.ignore,
        Effect.repeat(Schedule.spaced(cancelsEvery))
      )
    )

    const wake: Lanes["wake"] = (sessionId, turn) =>
      Effect.map(Effect.serviceOption(Tracer.ParentSpan), (span) => {
        if (draining) return
        const present = lanes.get(sessionId)
        const state = present ?? { again: false, spans: new Map() }
        if (turn !== undefined && Option.isSome(span) && !state.spans.has(turn)) state.spans.set(turn, span.value)
        if (present !== undefined) {
          present.again = true
          return
        }
        lanes.set(sessionId, state)
        fork(lane(sessionId, state))
      })

    yield* Effect.forkScoped(
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Effect.forEach(
          [...stopped].filter(([, { retryAt }]) => retryAt <= now),
          ([sessionId]) => wake(sessionId),
          { discard: true }
        )
      ).pipe(Effect.repeat(Schedule.spaced(retryEvery)))
    )

    return {
      wake,
      cancel,
      drain: Effect.callback<void>((resume) => {
        draining = true
        if (lanes.size === 0) return resume(Effect.void)
        const wakeUp = () => resume(Effect.void)
        idleWaiters.add(wakeUp)
        return Effect.sync(() => idleWaiters.delete(wakeUp))
      }).pipe(Effect.andThen(release)),
      running: () => running.size,
      size: () => lanes.size,
      stalled: (sessionId) => (lanes.has(sessionId) ? undefined : stopped.get(sessionId))
    }
  })
