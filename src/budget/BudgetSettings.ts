/** `[budgets]`: what may be spent, in tokens and in dollars. A cap is never exceeded. */
import * as Schema from "effect/Schema"
import * as Section from "../config/Section.ts"
import { moneyLimit, ownBudgets, tokenLimit } from "../config/OwnBudgets.ts"
import { int, number, timeZone } from "../config/Values.ts"

export const BudgetSettings = Schema.Struct({
  turn: tokenLimit("What one turn may use, with all its model calls."),
  session: tokenLimit("What one session may use in all."),
  daily: tokenLimit("What the installation may use in a day.", 2_000_000),
  monthly: tokenLimit("What the installation may use in a month."),
  agent: tokenLimit("What each agent may use in all."),
  tenant: tokenLimit("What each tenant may use in all."),
  installation: tokenLimit("What the installation may use in all."),
  timezone: Section.key(timeZone, {
    doc: "Time zone in which days and months begin.",
    allowed: 'an IANA time zone such as "UTC" or "Europe/Berlin"',
    default: "UTC"
  }),
  month_start: Section.key(int(1, 28), {
    doc: "Day on which a budget month begins.",
    allowed: "an integer from 1 to 28",
    unit: "day of the month",
    default: 1
  }),
  warn: Section.key(number(0, 1), {
    doc: "Part of a limit at which a warning is given.",
    allowed: "a number from 0 to 1",
    default: 0.75
  }),
  pause: Section.optional(number(0, 1), {
    doc: "Part of a limit from which on every turn waits for an approval before it spends more. Without it none does.",
    allowed: "a number from 0 to 1",
    example: 0.9
  }),
  usd: Section.table(
    Schema.Struct({
      turn: moneyLimit("What one turn may spend, with all its model calls."),
      session: moneyLimit("What one session may spend in all."),
      daily: moneyLimit("What the installation may spend in a day."),
      monthly: moneyLimit("What the installation may spend in a month."),
      agent: moneyLimit("What each agent may spend in all."),
      tenant: moneyLimit("What each tenant may spend in all."),
      installation: moneyLimit("What the installation may spend in all.")
    }),
    "The same in money."
  ),
  sender: Section.table(ownBudgets("each sender over a channel"), "Who writes over a channel, each for themselves.")
})
export type BudgetSettings = typeof BudgetSettings.Type
