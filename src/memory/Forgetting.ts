/**
 * Forgetting for good: what was said goes from the journal, with its events, steps and approvals; with it go the facts
 * and everything else that was made of it, in every store; and afterwards it is counted that nothing is left.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { TurnId } from "../domain/Ids.ts"
import type { MemoryError } from "./MemoryError.ts"
import type { MemoryScope } from "./MemoryScope.ts"

/** What shall be forgotten; all that any of these means. */
export interface Unwanted {
  readonly turns: ReadonlyArray<TurnId>
  /** Facts, by number: with all that was said on their matter, and the messages that said so. */
  readonly facts: ReadonlyArray<number>
  /** Whatever says this, in any case of letters: as a word, or as words in a row. */
  readonly text: string | undefined
  readonly all: boolean
}

export interface Held {
  /** Turns of the journal, finished or not. */
  readonly turns: number
  readonly utterances: number
  readonly statements: number
  readonly entities: number
}

export interface Forgotten {
  readonly before: Held
  readonly after: Held
  /** Turns that were or would be deleted. */
  readonly turns: number
  /** Of the text, afterwards: places in the journal and in memory that still say it. A turn that is not over stays. */
  readonly left: number
  /**
   * Values that the caller's plugins keep: those that say it where a text alone was to go, else all, for any may say it.
   * They are the plugins', and stay.
   */
  readonly inPlugins: number
  /** The database file and its log hold no remains of it. False: the log is still read by somebody, and is cut later. */
  readonly scrubbed: boolean
}

export class Forgetting extends Context.Service<
  Forgetting,
  {
    /** `rehearse`: nothing is deleted; `turns` and `left` count what would be, `after` is as before. */
    readonly forget: (
      scope: MemoryScope,
      unwanted: Unwanted,
      rehearse: boolean
    ) => Effect.Effect<Forgotten, MemoryError>
    readonly held: (scope: MemoryScope) => Effect.Effect<Held, MemoryError>
  }
>()("exoclaw/memory/Forgetting") {}

/** The journal of a scope's turns, as forgetting sees it: a port of memory, for the journal is not its own. */
export class Journal extends Context.Service<
  Journal,
  {
    readonly count: (scope: MemoryScope) => Effect.Effect<number, MemoryError>
    /** Turns with texts of theirs, a page in order; `after` is the last place of the page before. */
    readonly page: (
      scope: MemoryScope,
      after: number,
      limit: number
    ) => Effect.Effect<
      ReadonlyArray<{ readonly place: number; readonly turn: TurnId; readonly texts: ReadonlyArray<string> }>,
      MemoryError
    >
    /** Deletes turns of the scope that are over, with all that hangs on them; gives how many. */
    readonly erase: (scope: MemoryScope, turns: ReadonlyArray<TurnId>) => Effect.Effect<number, MemoryError>
    /**
     * Deletes turns of everybody that are over and were accepted before then, the oldest first and no more than some
     * hundred; gives how many. Memory does not know all of them: of what failed or was cancelled it takes nothing. `now`:
     * turns of the future, of a clock that was set back since, hold up no others.
     */
    readonly expire: (before: number, now: number) => Effect.Effect<number, MemoryError>
    /** Values that the principal's plugins keep. */
    readonly pluginTexts: (scope: MemoryScope) => Effect.Effect<ReadonlyArray<string>, MemoryError>
    /** Cuts the log of the database, where what was deleted can still be read; false where somebody still reads it. */
    readonly scrub: Effect.Effect<boolean, MemoryError>
  }
>()("exoclaw/memory/Journal") {}
