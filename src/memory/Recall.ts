/**
 * Finds what was said before and matters now. Deterministic: the same scope, query, moment and budget give the same
 * hits. Ranked by what is learned offline (`recall/weights.ts`), cut to a budget, given back in time order.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { RelatedName } from "./facts/Related.ts"
import type { MemoryError } from "./MemoryError.ts"
import type { MemoryScope } from "./MemoryScope.ts"
import type { MemoryTurn, StoredTurn } from "./MemoryTurn.ts"

/** A part of a hit's score, as `exoclaw memory search` shows it. */
export interface Reason {
  /** Its name: `words`, `vector`, `date`, `speaker`, `entity` ... */
  readonly why: string
  /** What it added to the score. */
  readonly weight: number
}

export interface Hit {
  readonly turn: StoredTurn
  /** The day it was said on, where memory's days are counted. */
  readonly day: number
  readonly score: number
  /** Largest first; only what added something. */
  readonly why: ReadonlyArray<Reason>
  /** Estimated tokens of its line, and of its day's header where it is the first of its day. */
  readonly tokens: number
}

export interface RecallOptions {
  /** The most that the rendered hits may cost, headers included (`RecallText.ts`). */
  readonly budgetTokens: number
  /** Unix time in milliseconds that "last week" counts from. */
  readonly now: number
  /** Left out: what the request shows anyway, as recent turns. */
  readonly exclude?: ReadonlySet<string> | undefined
  /** Names that the query means without saying them, with what they weigh beside its own words, which weigh 1. */
  readonly related?: ReadonlyArray<RelatedName> | undefined
  /** What users said in these very words is left out: it is the message itself, said before. */
  readonly echo?: string | undefined
  /** At most so many hits. */
  readonly limit?: number | undefined
  /** The query's vector, where the embedder was asked already. */
  readonly vector?: Float32Array | undefined
}

export interface Recalled {
  /** In time order. */
  readonly hits: ReadonlyArray<Hit>
  readonly tokens: number
  /** Utterances that scored but did not fit. */
  readonly omitted: number
}

export class Recall extends Context.Service<
  Recall,
  {
    readonly recall: (scope: MemoryScope, query: string, options: RecallOptions) => Effect.Effect<Recalled, MemoryError>
    /** Analyses and keeps utterances, once by id; gives how many were new. */
    readonly remember: (scope: MemoryScope, turns: ReadonlyArray<MemoryTurn>) => Effect.Effect<number, MemoryError>
  }
>()("exoclaw/memory/Recall") {}
