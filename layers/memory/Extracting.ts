/**
 * Facts by a model, in the background: one message at a time, after its turn is over and remembered. Each is asked about
 * once; what a crash cut off is asked about again, and what was learned of it is learned once.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import { jobOfPrincipal } from "../../src/domain/Ids.ts"
import { extract } from "../../src/memory/extract/Extract.ts"
import { extractionMessage, extractionTask, readModelAnswer } from "../../src/memory/extract/ModelAnswer.ts"
import { type Extraction, Extractions, Extractor } from "../../src/memory/Extraction.ts"
import { ofStated } from "../../src/memory/facts/Statement.ts"
import { FactStore } from "../../src/memory/FactStore.ts"
import type { MemoryError } from "../../src/memory/MemoryError.ts"
import { Learner } from "../../src/memory/Remembering.ts"
import { dayIn } from "./Zone.ts"

export interface Options {
  readonly timezone: string
  /** Told why a message has to wait for its budget; the log unless told. */
  readonly refused?: (message: string) => Effect.Effect<void>
}

/** After a message, so that its turn is over; and how often it is looked for what waited or another process left. */
const soon = "2 seconds"
const every = "1 minute"
/** How long a vendor that failed and a budget that is spent are left alone. */
const afterFailure = 5 * 60_000
const afterRefusal = 60 * 60_000
/** What waited longer for a budget is not asked about any more. */
const longestWait = 7 * 24 * 3_600_000

const read = Effect.fnUntraced(function* ({ at, message, scope, turn }: Extraction, today: number) {
  const extractor = yield* Extractor
  const facts = yield* FactStore
  const shown = extractionMessage(message)
  if (shown === undefined) return
  const answer = yield* extractor.ask(extractionTask, shown, scope)
  const found = readModelAnswer(answer, message, extract(message, { today }).facts)
  yield* facts.learn(scope, { turn, origin: "model", at, day: today, statements: found.map(ofStated) })
})

/** Asks about the next message; false where none is due. */
export const once = Effect.fn("Memory.extract")(function* ({
  refused = Effect.logWarning,
  timezone
}: Options): Effect.fn.Return<boolean, MemoryError, Extractions | Extractor | FactStore> {
  const queue = yield* Extractions
  const now = yield* Clock.currentTimeMillis
  const next = yield* queue.take(now)
  if (next === undefined) return false
  const { at, turn } = next
  const facts = yield* FactStore
  yield* read(next, dayIn(timezone)(at)).pipe(
    Effect.andThen(queue.done(turn)),
    // forgotten while the model read it: a store with a database of its own has learned it all the same
    Effect.flatMap((isThere) =>
      isThere ? Effect.void : Effect.asVoid(facts.forget(next.scope, { _tag: "turns", turns: [turn] }))
    ),
    Effect.catchTag("ExtractorError", ({ message, retry }) =>
      Effect.gen(function* () {
        yield* (retry === "later" ? refused : Effect.logWarning)(`Memory: no facts of ${turn}: ${message}`)
        if (retry === "never" || now - at > longestWait) return yield* Effect.asVoid(queue.done(turn))
        return yield* queue.postpone(turn, now + (retry === "later" ? afterRefusal : afterFailure), retry === "again")
      })
    ),
    // a fault of ours in one message holds up no other
    Effect.catchDefect((defect) =>
      Effect.andThen(Effect.logError(`Memory: facts of ${turn}`, defect), queue.done(turn))
    )
  )
  return true
})

/** A budget that is spent is told once an hour, and not for each message that waits for it. */
const seldom = () => {
  let told = -afterRefusal
  return (message: string): Effect.Effect<void> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      if (now - told < afterRefusal) return Effect.void
      told = now
      return Effect.logWarning(message)
    })
}

const background = (options: Options, noted: Queue.Dequeue<void>) =>
  Effect.gen(function* () {
    yield* Effect.timeoutOption(Queue.take(noted), every)
    yield* Effect.sleep(soon)
    while (yield* once(options)) yield* Effect.yieldNow
  }).pipe(
    Effect.catch((error) => Effect.logWarning(error.message)),
    Effect.forever
  )

/** Whoever learns by rules learns as before, and notes the message for the model. */
export const layer = (options: Options): Layer.Layer<never, never, Extractions | Extractor | FactStore> =>
  Layer.effect(
    Learner,
    Effect.gen(function* () {
      const byRules = yield* Learner
      const queue = yield* Extractions
      const noted = yield* Queue.sliding<void>(1)
      yield* Effect.forkScoped(background({ refused: seldom(), ...options }, noted))
      return (finished) =>
        Effect.gen(function* () {
          yield* byRules(finished)
          const message = finished.said.find(({ role }) => role === "user")
          if (message === undefined || jobOfPrincipal(finished.scope.principal) !== undefined) return
          if (extractionMessage(message.text) === undefined) return
          yield* queue.add(finished.turn)
          yield* Queue.offer(noted, undefined)
        })
    })
  )
