/** How much may be spent. Plain values: whose they are, and in which period, says who holds them. */
import * as Schema from "effect/Schema"

const amount = Schema.optional(Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0))))

/** Limits of one account; an absent one is no limit. */
export const Limit = Schema.Struct({
  /** Model tokens. */
  tokens: amount,
  /** Micro-dollars. */
  micros: amount
})
export type Limit = typeof Limit.Type

const limit = Schema.optional(Limit)

/** Limits of somebody who has accounts of their own, on top of those of the installation: all apply. */
export const OwnLimits = Schema.Struct({
  /** One turn, with all its model calls. */
  turn: limit,
  /** One session, in all. */
  session: limit,
  day: limit,
  month: limit,
  /** Everything, for ever. */
  total: limit
})
export type OwnLimits = typeof OwnLimits.Type
