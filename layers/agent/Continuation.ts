/**
 * Lets turns go on that wait for a person: at once when the answer came through this process, within a second when it
 * came through another, ran out, or was given to a process that died before it told anybody.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { ApprovalError } from "../../src/approval/ApprovalError.ts"
import { Approvals } from "../../src/approval/Approvals.ts"
import type { TurnId } from "../../src/domain/Ids.ts"
import { Inbox } from "../../src/session/Inbox.ts"
import type { JournalUnavailable, SessionError } from "../../src/session/SessionError.ts"
import { SessionStore } from "../../src/session/SessionStore.ts"

const lookAgain = "1 second"

export const layer: Layer.Layer<never, never, Approvals | Inbox | SessionStore> = Layer.effectDiscard(
  Effect.gen(function* () {
    const approvals = yield* Approvals
    const inbox = yield* Inbox
    const store = yield* SessionStore
    /** Those of the turns that ask nothing any more. */
    const proceed = Effect.fnUntraced(function* (turns: ReadonlyArray<TurnId>) {
      if (turns.length === 0) return
      const asking = yield* approvals.asking
      yield* Effect.forEach(
        turns.filter((turn) => !asking.has(turn)),
        inbox.proceed,
        { discard: true }
      )
    })
    /** What cannot be done now is tried again a second later. */
    const orLater = Effect.catch((error: ApprovalError | SessionError | JournalUnavailable) =>
      Effect.logWarning("Turns that wait could not be looked after", error)
    )

    yield* approvals.answered.pipe(
      Stream.runForEach((turn) => orLater(proceed([turn]))),
      Effect.forkScoped({ startImmediately: true })
    )
    yield* approvals.expire.pipe(
      Effect.andThen(store.waiting),
      Effect.flatMap(proceed),
      orLater,
      Effect.repeat(Schedule.spaced(lookAgain)),
      Effect.forkScoped
    )
  })
)
