/** `[budgets]`, the agents' budgets and `[prices]` as the ledger and the model door take them. Pure. */
import type { AgentBudgets } from "../../budget/BudgetSettings.ts"
import type { BudgetLimits, Limit, OwnLimits } from "../../budget/Limits.ts"
import type { PriceClass } from "../../budget/Price.ts"
import type { SettingsValues } from "../Settings.ts"

type Amount = number | "unlimited"

const limit = (tokens: Amount, micros: Amount = "unlimited"): Limit => ({
  ...(tokens === "unlimited" ? {} : { tokens }),
  ...(micros === "unlimited" ? {} : { micros })
})

const ownLimits = ({ daily, monthly, session, usd }: AgentBudgets): OwnLimits => ({
  session: limit(session, usd.session),
  day: limit(daily, usd.daily),
  month: limit(monthly, usd.monthly)
})

export const budgetLimits = ({ agents, budgets, schedule }: SettingsValues): BudgetLimits => ({
  installation: limit(budgets.installation),
  tenant: {},
  agent: limit(budgets.agent),
  session: limit(budgets.session, budgets.usd.session),
  day: limit(budgets.daily, budgets.usd.daily),
  month: limit(budgets.monthly, budgets.usd.monthly),
  agents: new Map(agents.map((agent) => [agent.id, ownLimits(agent.budgets)])),
  schedules: new Map(schedule.map((job) => [job.id, ownLimits(job.budget)])),
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

export const priceOverrides = ({ prices }: SettingsValues): Readonly<Record<string, PriceClass>> =>
  Object.fromEntries(
    Object.entries(prices).map(([model, price]) => [
      model,
      {
        input: price.input,
        output: price.output,
        cacheRead: price.cache_read ?? price.input,
        cacheWrite: price.cache_write ?? price.input,
        version: "config"
      }
    ])
  )
