/**
 * Brings what the journal has into memory, each finished turn once: what was said is stored, and whoever learns from it
 * (`Learner`) does so before. Derived from the journal's rows, so a crash loses nothing and repeats nothing.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { MemoryError } from "./MemoryError.ts"
import type { MemoryScope } from "./MemoryScope.ts"
import type { FinishedTurn } from "./TurnSource.ts"

export class Remembering extends Context.Service<
  Remembering,
  {
    /** What the scope's latest turns said is in memory afterwards; a long backlog is left to the background. */
    readonly catchUp: (scope: MemoryScope) => Effect.Effect<void, MemoryError>
    /** A turn has ended: memory has it as soon as nobody waits for what else is to be done. Neither waits nor throws. */
    readonly soon: () => void
    /** Turns that memory does not have yet, and those it got since the start. */
    readonly progress: Effect.Effect<{ readonly pending: number; readonly remembered: number }, MemoryError>
  }
>()("exoclaw/memory/Remembering") {}

/**
 * What else is made of a finished turn. It may be told of the same turn twice (after a crash in between), and has to
 * make the same of it. Its failure leaves the turn for later.
 */
export const Learner = Context.Reference<(finished: FinishedTurn) => Effect.Effect<void, MemoryError>>(
  "exoclaw/memory/Learner",
  { defaultValue: () => () => Effect.void }
)
