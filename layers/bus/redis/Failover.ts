/**
 * Which of two histories is in force: Redis, or the memory of this process while Redis is away. What memory gave out is
 * never taken for something that Redis knows: it has epochs of its own, and when Redis is back after messages were taken
 * without it, a new generation begins there and every channel gets a new epoch.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { History } from "../../../src/bus/History.ts"
import { type Link, LinkFailed } from "./Link.ts"
import type { Outage } from "./Outage.ts"

/** A connection whose generation is known. */
export interface Session {
  readonly link: Link
  /** Unix milliseconds. */
  readonly since: number
  /** Renewed where another node, or a flush, has begun a new one. */
  generation: string
}

type Mode =
  | { readonly _tag: "redis"; readonly session: Session }
  | { readonly _tag: "memory"; readonly history: History["Service"] }
  /** Between the two: whoever comes waits for what it will be. */
  | { readonly _tag: "changing"; readonly done: Deferred.Deferred<void> }

/** What is in force at this moment; an era ends with every change. */
export type Now = (
  | { readonly _tag: "redis"; readonly session: Session }
  | { readonly _tag: "memory"; readonly history: History["Service"] }
) & {
  readonly era: number
}

export interface Options {
  readonly connect: (onEnd: () => void) => Effect.Effect<Link, LinkFailed>
  /** The generation on this connection; a new one where `begin` says so or the server has lost its own. */
  readonly enter: (link: Link, begin: boolean) => Effect.Effect<string, LinkFailed>
  /** An empty history in memory. */
  readonly makeMemory: Effect.Effect<History["Service"]>
  readonly outage: Outage
}

/** A session that lived shorter than this counts as a failed attempt. Milliseconds. */
const shortLife = 10_000

/** Sessions in a row that may end early before the bus goes on in memory and tries more slowly. */
const earlyEnds = 4

/** Milliseconds before the attempt after so many that failed. */
const pause = (failures: number): number => Math.min(5_000, 50 * 2 ** failures)

export interface Failover {
  /** Runs with what is in force, and waits while that is being decided. What fails in Redis ends its session. */
  readonly use: <A, E>(run: (now: Now) => Effect.Effect<A, E | LinkFailed>) => Effect.Effect<A, E | LinkFailed>
  /** Asks for the generation again, after the server said that it is another one, or begins a new one. */
  readonly renew: (session: Session, begin: boolean) => Effect.Effect<void, LinkFailed>
  /** From here on there are messages that Redis does not know, or does not know for sure. */
  readonly beginOutage: Effect.Effect<void>
  readonly mode: () => Mode["_tag"]
  /** Version of the server that was last connected to. */
  readonly version: () => string | undefined
}

export const make = Effect.fnUntraced(function* (options: Options): Effect.fn.Return<Failover, never, Scope.Scope> {
  const scope = yield* Effect.scope
  const clock = yield* Clock.Clock
  const fork = Effect.runForkWith(yield* Effect.context<never>())
  const { outage } = options
  let mode: Mode = { _tag: "changing", done: yield* Deferred.make<void>() }
  let era = 0
  let failures = 0
  let version: string | undefined
  /** Those who are in memory now, and who waits for them to leave it. */
  let inside = 0
  let empty: Deferred.Deferred<void> | undefined

  const set = (next: Mode, isNew: boolean): Effect.Effect<void> =>
    Effect.suspend(() => {
      const before = mode
      mode = next
      if (isNew) era += 1
      return before._tag === "changing" ? Effect.asVoid(Deferred.succeed(before.done, undefined)) : Effect.void
    })

  /** The history in memory since Redis went away; what it has outlives attempts that fail. */
  let standIn: History["Service"] | undefined
  const toMemory = Effect.gen(function* () {
    const isNew = standIn === undefined
    const history = standIn ?? (yield* options.makeMemory)
    standIn = history
    yield* set({ _tag: "memory", history }, isNew)
  })

  /** Everybody waits while those who are still in memory finish, so that none of their messages is overlooked. */
  const halt = Effect.gen(function* () {
    if (mode._tag === "changing") return
    mode = { _tag: "changing", done: yield* Deferred.make<void>() }
    if (inside === 0) return
    empty = yield* Deferred.make<void>()
    yield* Deferred.await(empty)
  })

  const leave = Effect.suspend(() => {
    inside -= 1
    const waiting = empty
    if (inside > 0 || waiting === undefined) return Effect.void
    empty = undefined
    return Deferred.succeed(waiting, undefined)
  })

  const attempt: Effect.Effect<void, LinkFailed> = Effect.gen(function* () {
    const state: { session?: Session; ended: boolean } = { ended: false }
    const link = yield* options.connect(() => {
      state.ended = true
      if (state.session !== undefined) lose(state.session, "the connection ended")
    })
    yield* halt
    const generation = yield* options.enter(link, outage.isOpen()).pipe(Effect.onError(() => Effect.sync(link.drop)))
    outage.end()
    version = link.version
    const session: Session = { link, since: clock.currentTimeMillisUnsafe(), generation }
    state.session = session
    standIn = undefined
    yield* set({ _tag: "redis", session }, true)
    yield* Effect.logInfo(`The bus's history is in Redis ${link.version}.`)
    if (state.ended) lose(session, "the connection ended")
  })

  /** Until Redis is back. Where the first attempt fails, everybody goes on in memory. */
  const comeBack: Effect.Effect<void> = Effect.suspend(() =>
    attempt.pipe(
      // an address that the client throws at is one that does not answer
      Effect.catchDefect(() =>
        Effect.fail(new LinkFailed({ outcomeUnknown: false, why: "the connection cannot be made" }))
      ),
      Effect.catch(({ why }) =>
        Effect.gen(function* () {
          if (mode._tag === "changing") {
            yield* toMemory
            if (failures === 0) {
              yield* Effect.logWarning(`Redis is away (${why}): the bus keeps its history in memory until it is back.`)
            }
          }
          failures += 1
          yield* Effect.sleep(pause(failures))
          yield* comeBack
        })
      )
    )
  )

  /** The session is over. Who was in it asks again, and gets what the next attempt decides. */
  const lose = (session: Session, why: string): void => {
    if (mode._tag !== "redis" || mode.session !== session) return
    session.link.drop()
    failures = clock.currentTimeMillisUnsafe() - session.since < shortLife ? failures + 1 : 0
    mode = { _tag: "changing", done: Deferred.makeUnsafe<void>() }
    fork(Effect.logWarning(`The bus's connection to Redis is lost: ${why}.`))
    fork(
      Effect.forkIn(
        failures > earlyEnds ? Effect.andThen(toMemory, Effect.delay(comeBack, pause(failures))) : comeBack,
        scope
      )
    )
  }

  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      if (mode._tag === "redis") mode.session.link.drop()
    })
  )
  yield* Effect.forkIn(comeBack, scope)

  const use: Failover["use"] = (run) =>
    Effect.suspend(() => {
      const now = mode
      switch (now._tag) {
        case "redis":
          return run({ ...now, era }).pipe(
            Effect.tapError((error) =>
              Effect.sync(() => {
                if (error instanceof LinkFailed) lose(now.session, error.why)
              })
            )
          )
        case "changing":
          return Effect.andThen(Deferred.await(now.done), use(run))
        case "memory":
          inside += 1
          return Effect.ensuring(run({ ...now, era }), leave)
      }
    })

  return {
    use,
    renew: (session, begin) =>
      Effect.map(options.enter(session.link, begin), (generation) => {
        session.generation = generation
      }),
    beginOutage: Effect.suspend(() =>
      outage.isOpen() || outage.begin()
        ? Effect.void
        : Effect.logError(
            "The file that notes a time without Redis cannot be written: do not stop the bus before Redis is back."
          )
    ),
    mode: () => mode._tag,
    version: () => version
  }
})
