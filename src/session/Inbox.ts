/**
 * The one way in, for every door: journal, commit, `accepted`, then the session's lane. The lane owns the turn;
 * followers only watch, so a closed socket loses nothing.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { Inspected } from "../casil/Inspected.ts"
import type { IdempotencyKey, TurnId } from "../domain/Ids.ts"
import type { SessionKey } from "../domain/SessionKey.ts"
import type { Principal } from "../identity/Principal.ts"
import type { SessionError } from "./SessionError.ts"
import type { Slot } from "./Slot.ts"
import type { TurnResult, TurnStatus } from "./Turn.ts"
import type { TurnEvent } from "./TurnEvent.ts"

export interface Submission {
  readonly session: SessionKey
  readonly content: Inspected<string>
  readonly idempotencyKey: IdempotencyKey | undefined
  readonly maxTokens: number | undefined
  /** For a job's turn: the slot that is taken with it. */
  readonly slot?: Slot | undefined
}

export class Inbox extends Context.Service<
  Inbox,
  {
    /** Answers after the commit. A repeated idempotency key answers with the first turn's id. */
    readonly submit: (
      submission: Submission
    ) => Effect.Effect<{ readonly turnId: TurnId; readonly repeated: boolean }, SessionError, Principal>
    /** Replays events with `seq` > `after`, then follows; ends after `done`. A slow reader holds up nobody. */
    readonly follow: (turn: TurnId, after: number) => Stream.Stream<TurnEvent, SessionError, Principal>
    /** How the turn ended; waits for it. */
    readonly result: (turn: TurnId) => Effect.Effect<TurnResult, SessionError, Principal>
    readonly status: (turn: TurnId) => Effect.Effect<TurnStatus, SessionError, Principal>
    /** The turn behind an idempotency key of the acting principal. */
    readonly findByKey: (key: IdempotencyKey) => Effect.Effect<TurnId, SessionError, Principal>
    /** Stops a turn of one's own and settles it; answers when it is over. False when it came to its own end before. */
    readonly cancel: (turn: TurnId) => Effect.Effect<boolean, SessionError, Principal>
    /** Runs an interrupted or parked turn of one's own anew under the same id. */
    readonly retry: (turn: TurnId) => Effect.Effect<void, SessionError, Principal>
    /**
     * Lets a turn that waits go on from its last step. For those who decide what it waits for: whom it belongs to is not
     * asked here. False where it does not wait.
     */
    readonly proceed: (turn: TurnId) => Effect.Effect<boolean, SessionError>
    /** Takes no new turns; answers when the running ones are over. Waiting ones stay journalled for the next start. */
    readonly drain: Effect.Effect<void>
    /** Turns running and waiting in this process. */
    readonly load: Effect.Effect<{ readonly running: number; readonly lanes: number }>
  }
>()("exoclaw/session/Inbox") {}
