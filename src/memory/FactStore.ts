/**
 * The durable side of facts, a port with one contract suite. A store keeps statements, each with the message that made
 * it; what holds now, who is who, and what took the place of what are folded from them (`facts/Apply.ts`), the same for
 * every store. Deleting a message deletes its statements, and leaves what would be there had it never been said.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { TurnId } from "../domain/Ids.ts"
import type { Entity, Fact } from "./facts/Fact.ts"
import type { FactOrigin, Kept, Statement } from "./facts/Statement.ts"
import type { MemoryError } from "./MemoryError.ts"
import type { MemoryScope } from "./MemoryScope.ts"

/** What one message stated. */
export interface Lesson {
  readonly turn: TurnId | undefined
  readonly origin: FactOrigin
  /** Unix time in milliseconds at which it was said, and that time as a day of the user's calendar. */
  readonly at: number
  readonly day: number
  readonly statements: ReadonlyArray<Statement>
}

/** Which statements; `before` is a Unix time in milliseconds. */
export type WhichFacts =
  | { readonly _tag: "all" }
  /** Facts with all that was said on the same matter, and of what they say that somebody has. */
  | { readonly _tag: "facts"; readonly facts: ReadonlyArray<number> }
  /** These and no others. */
  | { readonly _tag: "statements"; readonly statements: ReadonlyArray<number> }
  | { readonly _tag: "turns"; readonly turns: ReadonlyArray<TurnId> }
  | { readonly _tag: "before"; readonly at: number }
  /**
   * All but so many: the oldest that hold no more go first, then the oldest; last the newest standing requests, which are
   * as old as they are meant to hold (`pinned`).
   */
  | { readonly _tag: "beyond"; readonly keep: number }

/** Standing requests that stay whatever else is said: never so many that nothing else has room. */
export const pinned = (keep: number): number => Math.min(64, Math.floor(keep / 4))

/** An edge between two beings: whose one is, or a fact whose value is the other. */
export interface Edge {
  readonly from: Entity
  readonly to: Entity
  /** The role, or the attribute. */
  readonly relation: string
  /** How many edges away from where one began, 1 or more. */
  readonly hops: number
}

export interface About {
  /**
   * Of beings that are named or whose role is, of their neighbours within two edges, with such a value, and the newest
   * about the user; with what ended. Instructions are not among them.
   */
  readonly facts: ReadonlyArray<Fact>
  /** Between beings within two edges of those with these names or roles, nearest first. */
  readonly edges: ReadonlyArray<Edge>
  /** Standing instructions that hold, oldest first, whatever the text is about. */
  readonly instructions: ReadonlyArray<Fact>
}

export interface FactCounts {
  readonly statements: number
  /** That hold. */
  readonly facts: number
  readonly entities: number
  readonly instructions: number
}

export class FactStore extends Context.Service<
  FactStore,
  {
    /** Keeps what a message stated, once by message and origin; gives how many statements were new. */
    readonly learn: (scope: MemoryScope, lesson: Lesson) => Effect.Effect<number, MemoryError>
    /** The last statement that rules found, which a correction without a subject is about: others arrive late. */
    readonly last: (scope: MemoryScope) => Effect.Effect<Kept | undefined, MemoryError>
    /** What may matter to a text with these keys (`lookups` of `facts/FactKey.ts`), in one look; at most `limit` facts. */
    readonly about: (
      scope: MemoryScope,
      keys: ReadonlyArray<string>,
      limit: number
    ) => Effect.Effect<About, MemoryError>
    /** Facts in order of learning, from above `after`, whatever became of them, without repetitions. */
    readonly page: (scope: MemoryScope, after: number, limit: number) => Effect.Effect<ReadonlyArray<Fact>, MemoryError>
    /** Statements in order, from above `after`, for export. */
    readonly statements: (
      scope: MemoryScope,
      after: number,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Kept>, MemoryError>
    /** Messages that `forget` of these facts would take statements of. */
    readonly sources: (
      scope: MemoryScope,
      facts: ReadonlyArray<number>
    ) => Effect.Effect<ReadonlyArray<TurnId>, MemoryError>
    /** The statements that `forget` of these facts would take. */
    readonly connected: (
      scope: MemoryScope,
      facts: ReadonlyArray<number>
    ) => Effect.Effect<ReadonlyArray<number>, MemoryError>
    /** Deletes statements, and folds the others anew. Gives how many are gone. */
    readonly forget: (scope: MemoryScope, which: WhichFacts) => Effect.Effect<number, MemoryError>
    readonly counts: (scope: MemoryScope) => Effect.Effect<FactCounts, MemoryError>
    /** Scopes that hold anything, for retention; not for peers. */
    readonly scopes: Effect.Effect<ReadonlyArray<MemoryScope>, MemoryError>
  }
>()("exoclaw/memory/FactStore") {}
