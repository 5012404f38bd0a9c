/** How accounts stand, with a forecast to the end of their periods. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { AccountOwner } from "./Account.ts"
import type { BudgetError } from "./BudgetError.ts"
import type { Ledger } from "./BudgetLedger.ts"
import type { AccountStatus, UsageQuery } from "./Charge.ts"
import type { Viewer } from "./Disclosure.ts"
import { type Forecast, forecast, recentSpan } from "./Forecast.ts"

export interface AccountOutlook extends AccountStatus {
  /** Null where the account has no period. */
  readonly forecast: Forecast | null
}

type Payer = Pick<UsageQuery, "agent" | "principal" | "session" | "tenant">

/** Whose charges an account of `owner` has: those with a period begin with the name of an agent, or are all of it. */
export const payerOf = ({ key, scope }: Pick<AccountStatus, "key" | "scope">, owner: AccountOwner): Payer => {
  const { agent, principal, session, tenant } = owner
  switch (scope) {
    case "installation":
      return {}
    case "day":
    case "month":
      return agent !== undefined && key.startsWith(`${agent}:`) ? { agent } : {}
    case "tenant":
      return { tenant }
    case "agent":
      return { agent }
    case "session":
    case "turn":
      return { session }
    case "schedule":
    case "sender":
    case "token":
      return { tenant, principal }
  }
}

/** The accounts of `owner` that it may see, as `BudgetLedger.status` has them. */
export const outlook = Effect.fn("BudgetLedger.outlook")(function* (
  ledger: Ledger,
  owner: AccountOwner & Viewer
): Effect.fn.Return<ReadonlyArray<AccountOutlook>, BudgetError> {
  const now = yield* Clock.currentTimeMillis
  const spent = new Map<string, { readonly tokens: number; readonly micros: number }>()
  const recently = Effect.fnUntraced(function* (payer: Payer, from: number) {
    const asked = JSON.stringify([payer, from])
    const known = spent.get(asked)
    if (known !== undefined) return known
    const rows = yield* ledger.usage({ by: "agent", ...payer, from })
    const sums = {
      tokens: rows.reduce((all, row) => all + row.input + row.output + row.cacheRead + row.cacheWrite, 0),
      micros: rows.reduce((all, row) => all + row.costMicros, 0)
    }
    spent.set(asked, sums)
    return sums
  })
  return yield* Effect.forEach(yield* ledger.status(owner), (account) =>
    Effect.gen(function* () {
      const { limit, resetsAt, since: start, unit } = account
      if (start === null || resetsAt === null) return { ...account, forecast: null }
      const end = Date.parse(resetsAt)
      const recent = (yield* recently(payerOf(account, owner), now - recentSpan(start, end)))[unit]
      return { ...account, forecast: forecast({ start, end, now, spent: account.spent, limit, recent }) }
    })
  )
})
