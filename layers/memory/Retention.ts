/** Deletes what memory no longer keeps: once after the start, then every hour. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { dayLength } from "../../src/memory/Calendar.ts"
import { FactStore } from "../../src/memory/FactStore.ts"
import { Journal } from "../../src/memory/Forgetting.ts"
import type { MemoryError } from "../../src/memory/MemoryError.ts"
import { MemoryStore } from "../../src/memory/MemoryStore.ts"

export interface Options {
  /** Undefined: for ever. */
  readonly days: number | undefined
  /** Of one scope. */
  readonly utterances: number
  readonly facts: number
}

export interface Deleted {
  /** Those that memory had taken nothing of. */
  readonly turns: number
  readonly utterances: number
  readonly statements: number
}

/** One round over all scopes; gives how much is gone. */
export const round = Effect.fn("Memory.retention")(function* (
  options: Options
): Effect.fn.Return<Deleted, MemoryError, FactStore | Journal | MemoryStore> {
  const store = yield* MemoryStore
  const journal = yield* Journal
  const facts = yield* FactStore
  const now = yield* Clock.currentTimeMillis
  const before = options.days === undefined ? undefined : now - options.days * dayLength
  const sum = (all: ReadonlyArray<number>) => all.reduce((total, n) => total + n, 0)
  // facts first: those of a turn that is deleted go with it, uncounted
  const statements = yield* Effect.forEach(yield* facts.scopes, (scope) =>
    Effect.gen(function* () {
      const old = before === undefined ? 0 : yield* facts.forget(scope, { _tag: "before", at: before })
      const { statements: kept } = yield* facts.counts(scope)
      return old + (kept > options.facts ? yield* facts.forget(scope, { _tag: "beyond", keep: options.facts }) : 0)
    })
  )
  const utterances = yield* Effect.forEach(yield* store.scopes, (scope) =>
    Effect.gen(function* () {
      const old = before === undefined ? 0 : yield* store.remove(scope, { _tag: "before", at: before })
      const { turns } = yield* store.counts(scope)
      return (
        old +
        (turns > options.utterances ? yield* store.remove(scope, { _tag: "beyond", newest: options.utterances }) : 0)
      )
    })
  )
  let turns = 0
  if (before !== undefined) {
    for (let some = 1; some > 0; turns += some) {
      some = yield* journal.expire(before, now)
      yield* Effect.yieldNow
    }
  }
  return { turns, utterances: sum(utterances), statements: sum(statements) }
})

const firstAfter = "1 minute"
const every = "1 hour"

export const layer = (options: Options): Layer.Layer<never, never, FactStore | Journal | MemoryStore> =>
  Layer.effectDiscard(
    round(options).pipe(
      Effect.tap(({ statements, turns, utterances }) =>
        statements + turns + utterances === 0
          ? Effect.void
          : Effect.logInfo(
              `Memory: ${utterances} utterances, ${statements} statements and ${turns} other turns were deleted by [memory.retention].`
            )
      ),
      Effect.catch((error) => Effect.logWarning(error.message, error.reason)),
      Effect.repeat(Schedule.spaced(every)),
      Effect.delay(firstAfter),
      Effect.forkScoped
    )
  )
