/** `[budgets]`: what may be spent, in tokens and in dollars. A cap is never exceeded. */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Section from "../config/Section.ts"
import { DollarLimit, int, number, TokenLimit } from "../config/Values.ts"

const tokens = 'a whole number of tokens, or "unlimited"'
const dollars = 'an amount in dollars with at most six decimals, or "unlimited"'
const zone = Schema.String.pipe(
  // The common case first: the first look into the time zone data takes milliseconds.
  Schema.check(Schema.makeFilter((name: string) => name === "UTC" || Option.isSome(DateTime.zoneMakeNamed(name))))
)

const limit = (doc: string) =>
  Section.key(TokenLimit, { doc, allowed: tokens, unit: "tokens", default: "unlimited" as const })
const money = (doc: string) =>
  Section.key(DollarLimit, { doc, allowed: dollars, unit: "dollars", default: "unlimited" as const })

/** Money limits; micro-dollars once decoded. */
export const UsdLimits = Schema.Struct({
  session: money("What one session may spend in all."),
  daily: money("What may be spent in a day."),
  monthly: money("What may be spent in a month.")
})

/** Limits of one agent, on top of those of the installation. */
export const AgentBudgets = Schema.Struct({
  session: limit("What one session with this agent may use in all."),
  daily: limit("What this agent may use in a day."),
  monthly: limit("What this agent may use in a month."),
  usd: Section.table(UsdLimits, "The same in money.")
})
export type AgentBudgets = typeof AgentBudgets.Type

export const BudgetSettings = Schema.Struct({
  session: limit("What one session may use in all."),
  daily: Section.key(TokenLimit, {
    doc: "What the installation may use in a day.",
    allowed: tokens,
    unit: "tokens",
    default: 2_000_000
  }),
  monthly: limit("What the installation may use in a month."),
  agent: limit("What each agent may use in all."),
  installation: limit("What the installation may use in all."),
  timezone: Section.key(zone, {
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
  usd: Section.table(UsdLimits, "The same in money.")
})
export type BudgetSettings = typeof BudgetSettings.Type
