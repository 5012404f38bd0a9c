/**
 * The durable side of what was said, a port with one contract suite. A store keeps utterances and their features and
 * finds them by place, id or time; what matters to a query is decided above it, by `Recall`, the same for every store.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { TurnId } from "../domain/Ids.ts"
import type { MemoryError } from "./MemoryError.ts"
import type { MemoryScope } from "./MemoryScope.ts"
import type { AnalysedTurn, StoredTurn } from "./MemoryTurn.ts"

/** Which utterances; `before` and `after` are Unix times in milliseconds. */
export type Which =
  | { readonly _tag: "all" }
  | { readonly _tag: "ids"; readonly ids: ReadonlyArray<string> }
  | { readonly _tag: "turns"; readonly turns: ReadonlyArray<TurnId> }
  | { readonly _tag: "conversation"; readonly conversation: string }
  | { readonly _tag: "before"; readonly at: number }
  /** All but the newest so many. */
  | { readonly _tag: "beyond"; readonly newest: number }

export interface ScopeCounts {
  readonly turns: number
  /** Estimated tokens of all lines. */
  readonly tokens: number
  /** Unix time in milliseconds of the oldest and the newest; undefined where there is none. */
  readonly oldest: number | undefined
  readonly newest: number | undefined
  /** Another one whenever what was there has changed or gone; appending does not change it. */
  readonly generation: string
  /** The highest place ever given. */
  readonly last: number
}

export interface FeaturePage {
  readonly generation: string
  /** The highest place ever given. */
  readonly last: number
  /** Places and features, in order of places. */
  readonly rows: ReadonlyArray<{ readonly n: number; readonly features: Uint8Array }>
  /** Whether nothing stood behind the last row. */
  readonly complete: boolean
}

export class MemoryStore extends Context.Service<
  MemoryStore,
  {
    /**
     * Keeps what is not there yet, by id, in order; gives how many were new. Journalled turns count as remembered from
     * then on, in the same transaction.
     */
    readonly append: (scope: MemoryScope, turns: ReadonlyArray<AnalysedTurn>) => Effect.Effect<number, MemoryError>
    /** Features at places above `after`, at most `limit`. */
    readonly features: (scope: MemoryScope, after: number, limit: number) => Effect.Effect<FeaturePage, MemoryError>
    /** Utterances at these places, in time order; places that are empty are left out. */
    readonly read: (
      scope: MemoryScope,
      places: ReadonlyArray<number>
    ) => Effect.Effect<ReadonlyArray<StoredTurn>, MemoryError>
    /** The places of these ids, of those that are there. */
    readonly places: (
      scope: MemoryScope,
      ids: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyArray<number>, MemoryError>
    readonly find: (scope: MemoryScope, id: string) => Effect.Effect<StoredTurn | undefined, MemoryError>
    /** The utterance at a place with so many before and after it in its conversation, in order. */
    readonly window: (
      scope: MemoryScope,
      place: number,
      before: number,
      after: number
    ) => Effect.Effect<ReadonlyArray<StoredTurn>, MemoryError>
    /** A page in order of places, from above `after`. */
    readonly page: (
      scope: MemoryScope,
      after: number,
      limit: number
    ) => Effect.Effect<ReadonlyArray<StoredTurn>, MemoryError>
    /**
     * Deletes utterances with all that is derived from them in this store, and the journalled turns they are part of,
     * both halves. Gives how many are gone.
     */
    readonly remove: (scope: MemoryScope, which: Which) => Effect.Effect<number, MemoryError>
    readonly counts: (scope: MemoryScope) => Effect.Effect<ScopeCounts, MemoryError>
    /** Scopes that hold anything, for retention and re-embedding; not for peers. */
    readonly scopes: Effect.Effect<ReadonlyArray<MemoryScope>, MemoryError>
    /** Utterances of a scope whose vector is from another embedder, at most `limit`. */
    readonly stale: (
      scope: MemoryScope,
      embedder: string,
      limit: number
    ) => Effect.Effect<ReadonlyArray<StoredTurn>, MemoryError>
    /** Replaces what was computed of utterances that are still there. */
    readonly reanalyse: (
      scope: MemoryScope,
      turns: ReadonlyArray<{ readonly n: number } & Pick<AnalysedTurn, "tokens" | "embedder" | "features">>
    ) => Effect.Effect<void, MemoryError>
  }
>()("exoclaw/memory/MemoryStore") {}
