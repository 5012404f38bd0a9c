/** What a running turn writes: committed first, then delivered to whoever follows. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { AuditEvent } from "../audit/AuditEvent.ts"
import type { Inspected } from "../casil/Inspected.ts"
import type { TurnId } from "../domain/Ids.ts"
import type { Origin } from "../domain/Provenance.ts"
import type { SessionError } from "./SessionError.ts"
import type { EventBody, TurnEvent } from "./TurnEvent.ts"
import type { TurnStep } from "./TurnStep.ts"

export class TurnLog extends Context.Service<
  TurnLog,
  {
    /** Appends events; answers with them, numbered, after the commit. */
    readonly emit: (
      turn: TurnId,
      events: ReadonlyArray<Inspected<EventBody>>
    ) => Effect.Effect<ReadonlyArray<TurnEvent>, SessionError>
    /**
     * Appends a step, and events and an entry of the audit log in the same transaction. A step may need the `seq` of those
     * events.
     */
    readonly step: (
      turn: TurnId,
      events: ReadonlyArray<Inspected<EventBody>>,
      step: (events: ReadonlyArray<TurnEvent>) => TurnStep,
      record?: AuditEvent
    ) => Effect.Effect<{ readonly events: ReadonlyArray<TurnEvent>; readonly step: TurnStep }, SessionError>
    /** The latest finished turns of a session before this one, oldest first. */
    readonly recent: (turn: TurnId, limit: number) => Effect.Effect<ReadonlyArray<PastTurn>, SessionError>
    /** Where the text of earlier turns came from, with what had been read to write it; of those that are still there. */
    readonly origins: (
      turns: ReadonlyArray<TurnId>
    ) => Effect.Effect<ReadonlyMap<TurnId, ReadonlyArray<Origin>>, SessionError>
  }
>()("exoclaw/session/TurnLog") {}

/** A finished turn as context for the next. */
export interface PastTurn {
  readonly id: TurnId
  readonly user: string
  readonly assistant: string
  /** Unix time in milliseconds. */
  readonly at: number
  /** Where its text came from, and what was read to write it: also what earlier turns had brought in. */
  readonly origins: ReadonlyArray<Origin>
  /** Tools that ran, with what they said. */
  readonly tools: ReadonlyArray<{ readonly name: string; readonly input: unknown; readonly content: string }>
}
