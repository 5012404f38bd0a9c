/** `[budgets]`, the agents' budgets and `[prices]` as the ledger and the model door take them. Pure. */
import type { BudgetLimits } from "../../budget/Limits.ts"
import type { PriceClass, Rates } from "../../budget/Price.ts"
import type { OwnBudgets } from "../../config/OwnBudgets.ts"
import type { Limit, OwnLimits } from "../../domain/Limit.ts"
import type { SettingsShape, SettingsValues } from "../Settings.ts"

type Amount = number | "unlimited"

const limit = (tokens: Amount, micros: Amount): Limit => ({
  ...(tokens === "unlimited" ? {} : { tokens }),
  ...(micros === "unlimited" ? {} : { micros })
})

const ownLimits = ({ daily, monthly, session, total, turn, usd }: OwnBudgets): OwnLimits => ({
  turn: limit(turn, usd.turn),
  session: limit(session, usd.session),
  day: limit(daily, usd.daily),
  month: limit(monthly, usd.monthly),
  total: limit(total, usd.total)
})

/** What a job has no key for. */
const unlimited = { turn: "unlimited", total: "unlimited" } as const

export const budgetLimits = ({ agents, budgets, memory, schedule, tokens }: SettingsValues): BudgetLimits => ({
  installation: limit(budgets.installation, budgets.usd.installation),
  tenant: limit(budgets.tenant, budgets.usd.tenant),
  agent: limit(budgets.agent, budgets.usd.agent),
  session: limit(budgets.session, budgets.usd.session),
  turn: limit(budgets.turn, budgets.usd.turn),
  day: limit(budgets.daily, budgets.usd.daily),
  month: limit(budgets.monthly, budgets.usd.monthly),
  agents: new Map(agents.map((agent) => [agent.id, ownLimits(agent.budgets)])),
  schedules: new Map(
    schedule.map((job) => [
      job.id,
      ownLimits({ ...unlimited, ...job.budget, usd: { ...unlimited, ...job.budget.usd } })
    ])
  ),
  sender: ownLimits(budgets.sender),
  extraction: ownLimits({
    ...unlimited,
    session: "unlimited",
    ...memory.budget,
    usd: { ...unlimited, session: "unlimited", ...memory.budget.usd }
  }),
  tokens: new Map(tokens.map((token) => [token.name, ownLimits(token.budget)])),
  timeZone: budgets.timezone,
  monthStart: budgets.month_start,
  warn: budgets.warn,
  pause: budgets.pause
})

/** The limits of the values in force, made anew only where these are others. */
export const currentLimits = (values: () => SettingsValues): (() => BudgetLimits) => {
  let last: { readonly values: SettingsValues; readonly limits: BudgetLimits } | undefined
  return () => {
    const now = values()
    if (last?.values !== now) last = { values: now, limits: budgetLimits(now) }
    return last.limits
  }
}

type PriceKeys = SettingsValues["prices"][string]

/** What Anthropic and OpenAI charge for writing to their caches, which they do unasked. */
const writing = (input: number): number => Math.ceil(input * 1.25)

const rates = (price: Omit<PriceKeys, "long">): Rates => ({
  input: price.input,
  output: price.output,
  cacheRead: price.cache_read ?? price.input,
  cacheWrite: price.cache_write ?? writing(price.input),
  ...(price.cache_write_long === undefined ? {} : { cacheWriteLong: price.cache_write_long }),
  ...(price.reasoning === undefined ? {} : { reasoning: price.reasoning })
})

export const priceOverrides = ({ prices }: SettingsValues): Readonly<Record<string, PriceClass>> =>
  Object.fromEntries(
    Object.entries(prices).map(([model, price]) => [
      model,
      {
        ...rates(price),
        ...(price.long === undefined ? {} : { long: { over: price.long.over, ...rates(price.long) } }),
        version: "config"
      }
    ])
  )

/** What is said at the start where nobody set a limit of the installation: that there is one all the same. */
export const unsetNote = ({ sources, values }: Pick<SettingsShape, "sources" | "values">): string | undefined => {
  const { daily } = values.budgets
  const own = ["daily", "monthly", "installation", "usd.daily", "usd.monthly", "usd.installation"]
  const isSet = own.some((key) => (sources.get(`budgets.${key}`)?._tag ?? "Default") !== "Default")
  return isSet || daily === "unlimited"
    ? undefined
    : `No budget is set, so ${daily} tokens a day are all that is spent. \`exoclaw budget\` shows them; [budgets] has other limits.`
}
