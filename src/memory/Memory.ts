/**
 * What memory has for a message: the agent's one question to it. It never ends a turn: where memory fails, the turn goes
 * on without it, and the operator's log says so.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { TurnId } from "../domain/Ids.ts"
import { type Known, nothingKnown } from "./MemoryChoice.ts"
import type { MemoryScope } from "./MemoryScope.ts"

export interface Asked {
  readonly scope: MemoryScope
  readonly message: string
  /** Unix time in milliseconds at which it was said. */
  readonly at: number
  /** Turns that the request shows anyway. */
  readonly shown: ReadonlyArray<TurnId>
}

/** The same question has the same answer while nothing new is learned. Knows nothing unless a layer is given. */
export const Memory = Context.Reference<{ readonly known: (asked: Asked) => Effect.Effect<Known> }>(
  "exoclaw/memory/Memory",
  { defaultValue: () => ({ known: () => Effect.succeed(nothingKnown) }) }
)
