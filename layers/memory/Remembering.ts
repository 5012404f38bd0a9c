/**
 * Finished turns into memory: in the background, right after their answers are out; those of a scope that is asked
 * sooner than that, when it is asked.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Semaphore from "effect/Semaphore"
import type { TurnId } from "../../src/domain/Ids.ts"
import { FactStore } from "../../src/memory/FactStore.ts"
import type { MemoryError } from "../../src/memory/MemoryError.ts"
import type { MemoryScope } from "../../src/memory/MemoryScope.ts"
import { MemoryStore } from "../../src/memory/MemoryStore.ts"
import { Recall } from "../../src/memory/Recall.ts"
import { Learner, Remembering } from "../../src/memory/Remembering.ts"
import { type FinishedTurn, TurnSource } from "../../src/memory/TurnSource.ts"

/** Turns of one scope that an asker waits for. */
const atOnce = 32
/** Turns between two pauses of the background, so that others get their turn. */
const batch = 16

/** How long after the start, and after the last turn was found, the background looks again by itself. */
const idle = "5 seconds"
/** After a turn ended its answer goes out first. */
const afterAnswer = "10 millis"

const make = Effect.gen(function* () {
  const source = yield* TurnSource
  const recall = yield* Recall
  const learn = yield* Learner
  const facts = yield* Effect.serviceOption(FactStore)
  const store = yield* Effect.serviceOption(MemoryStore)
  // one at a time: the second of two would only find what the first is writing
  const lock = yield* Semaphore.make(1)
  let remembered = 0

  /** A fault of ours in one turn holds up no other: it is logged, and the turn counts as done with. */
  const guarded = (finished: FinishedTurn, effect: Effect.Effect<unknown, MemoryError>) =>
    effect.pipe(Effect.catchDefect((defect) => Effect.logError(`Memory: ${finished.turn}`, defect)))

  const takeBack = Effect.fnUntraced(function* (scope: MemoryScope, turns: ReadonlyArray<TurnId>) {
    if (Option.isSome(facts)) yield* facts.value.forget(scope, { _tag: "turns", turns })
    if (Option.isSome(store)) yield* store.value.remove(scope, { _tag: "turns", turns })
  })

  const take = (turns: ReadonlyArray<FinishedTurn>): Effect.Effect<void, MemoryError> =>
    Effect.forEach(
      turns,
      (finished) =>
        Effect.gen(function* () {
          yield* guarded(finished, learn(finished))
          yield* guarded(finished, recall.remember(finished.scope, finished.said))
          // also one without words is done with
          const gone = yield* source.taken([finished.turn])
          // forgotten while it was read: a store with a database of its own has it all the same
          if (gone.length > 0) yield* takeBack(finished.scope, gone)
          remembered += 1
        }),
      { discard: true }
    )

  /** True where there may be more. */
  const once = source.pending(batch).pipe(
    Effect.tap(take),
    Effect.map((turns) => turns.length === batch),
    lock.withPermits(1)
  )

  const report = Effect.gen(function* () {
    const pending = yield* source.countPending
    if (pending > 10 * batch) yield* Effect.logInfo(`Memory: ${pending} finished turns are still to be remembered.`)
  })

  /** What ends the rest of the background; and whether a turn ended since the last. */
  let wake: (() => void) | undefined
  let isDue = false

  const due = Effect.callback<void>((resume) => {
    if (isDue) return resume(Effect.void)
    wake = () => resume(Effect.void)
    return Effect.sync(() => {
      wake = undefined
    })
  })

  const background = Effect.gen(function* () {
    const asked = yield* Effect.raceFirst(
      Effect.as(Effect.andThen(due, Effect.sleep(afterAnswer)), true),
      Effect.as(Effect.sleep(idle), false)
    )
    isDue = false
    if (!asked) yield* report
    for (let more = true; more;) {
      more = yield* once
      yield* Effect.yieldNow
    }
  }).pipe(
    Effect.catch((error) => Effect.logWarning(error.message)),
    Effect.forever
  )
  yield* Effect.forkScoped(background)

  return Remembering.of({
    catchUp: (scope) => source.pending(atOnce, scope).pipe(Effect.flatMap(take), lock.withPermits(1)),
    soon: () => {
      isDue = true
      wake?.()
    },
    progress: Effect.map(source.countPending, (pending) => ({ pending, remembered }))
  })
})

export const layer: Layer.Layer<Remembering, never, TurnSource | Recall> = Layer.effect(Remembering, make)
