/**
 * Where blocks are decided that may cost much: off the thread that serves everybody. In place, unless a Layer says where.
 * The decision is the same in either place.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Tails } from "./CarryOver.ts"
import type { Judgement } from "./Decision.ts"
import type { Visited } from "./Walker.ts"
import type { CasilPolicy } from "./Policy.ts"

/** A block to decide on. All of it can be copied from one thread to another. */
export interface Order {
  /** With the rules of the chain among its own. */
  readonly policy: CasilPolicy
  /** The same for the same policy: it is made ready once. */
  readonly key: string
  /** One text, or the texts of a value. */
  readonly texts: string | ReadonlyArray<Visited>
  /** What the block comes after. */
  readonly tails: Tails
  /** Whether a block passes that costs more than any of use. */
  readonly onOverBudget: "allow" | "block"
}

/** Blocks with so many characters are decided there at once. */
export const LONG = 16_384

/** Steps after which a shorter one goes there too: two milliseconds. */
export const STEPS_IN_PLACE = 350_000

export interface LongBlocks {
  /**
   * The decision; `busy` where as many wait as may: then it is made in place. Fails when it could not be made, which is
   * an inspection that failed.
   */
  readonly decide: (order: Order) => Effect.Effect<Judgement | "busy", "failed">
}

export const LongBlocks: Context.Reference<LongBlocks | undefined> = Context.Reference("exoclaw/casil/LongBlocks", {
  defaultValue: (): LongBlocks | undefined => undefined
})
