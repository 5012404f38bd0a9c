/**
 * Finished turns of the journal that memory does not have yet. Derived from rows, not from a queue: what a crash left
 * out is found again, and what was forgotten does not come back.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { TurnId } from "../domain/Ids.ts"
import type { MemoryError } from "./MemoryError.ts"
import type { MemoryScope } from "./MemoryScope.ts"
import type { MemoryTurn } from "./MemoryTurn.ts"

export interface FinishedTurn {
  readonly scope: MemoryScope
  readonly turn: TurnId
  /** What the user said and what was answered, each where it has words. */
  readonly said: ReadonlyArray<MemoryTurn>
}

export class TurnSource extends Context.Service<
  TurnSource,
  {
    /** Oldest first, at most `limit`; of one scope only where it is given. */
    readonly pending: (limit: number, scope?: MemoryScope) => Effect.Effect<ReadonlyArray<FinishedTurn>, MemoryError>
    readonly countPending: Effect.Effect<number, MemoryError>
    /** Notes that memory has them, or need not have them; gives those that the journal has lost meanwhile. */
    readonly taken: (turns: ReadonlyArray<TurnId>) => Effect.Effect<ReadonlyArray<TurnId>, MemoryError>
  }
>()("exoclaw/memory/TurnSource") {}
