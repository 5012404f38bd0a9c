/** Limits as they stand in the file, for everybody who has accounts of their own: agents, tokens, senders. */
import * as Schema from "effect/Schema"
import * as Section from "./Section.ts"
import { DollarLimit, TokenLimit } from "./Values.ts"

/** A limit in tokens. */
export const tokenLimit = (doc: string, otherwise: number | "unlimited" = "unlimited") =>
  Section.key(TokenLimit, {
    doc,
    allowed: 'a whole number of tokens, or "unlimited"',
    unit: "tokens",
    default: otherwise
  })

/** A limit in money; micro-dollars once decoded. */
export const moneyLimit = (doc: string) =>
  Section.key(DollarLimit, {
    doc,
    allowed: 'an amount in dollars with at most six decimals, or "unlimited"',
    unit: "dollars",
    default: "unlimited" as const
  })

/** `who` as in "What this agent may use in a day." */
export const ownBudgets = (who: string) =>
  Schema.Struct({
    turn: tokenLimit(`What one turn of ${who} may use, with all its model calls.`),
    session: tokenLimit(`What one session of ${who} may use in all.`),
    daily: tokenLimit(`What ${who} may use in a day.`),
    monthly: tokenLimit(`What ${who} may use in a month.`),
    total: tokenLimit(`What ${who} may use in all.`),
    usd: Section.table(
      Schema.Struct({
        turn: moneyLimit(`What one turn of ${who} may spend, with all its model calls.`),
        session: moneyLimit(`What one session of ${who} may spend in all.`),
        daily: moneyLimit(`What ${who} may spend in a day.`),
        monthly: moneyLimit(`What ${who} may spend in a month.`),
        total: moneyLimit(`What ${who} may spend in all.`)
      }),
      "The same in money."
    )
  })
export type OwnBudgets = ReturnType<typeof ownBudgets>["Type"]
