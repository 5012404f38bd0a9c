/** Integer amounts: tokens and micro-dollars. Sums of them are exact. */
import * as Schema from "effect/Schema"

const amount = Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))

/** Micro-dollars (10^-6 USD), a non-negative safe integer. */
export const Micros = amount.pipe(Schema.brand("Micros"))
export type Micros = typeof Micros.Type

/** Model tokens, a non-negative safe integer. */
export const Tokens = amount.pipe(Schema.brand("Tokens"))
export type Tokens = typeof Tokens.Type
