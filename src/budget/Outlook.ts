/** How accounts stand, with a forecast to the end of their periods. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type AccountOwner, extractionSession } from "./Account.ts"
import type { BudgetError } from "./BudgetError.ts"
import type { Ledger } from "./BudgetLedger.ts"
import type { AccountStatus, UsageQuery, UsageRow } from "./Charge.ts"
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
    case "extraction":
      return { session: extractionSession }
    case "schedule":
    case "sender":
    case "token":
      return { tenant, principal }
  }
}

const sumOf = (rows: ReadonlyArray<UsageRow>) => ({
  tokens: rows.reduce((all, row) => all + row.input + row.output + row.cacheRead + row.cacheWrite, 0),
  micros: rows.reduce((all, row) => all + row.costMicros, 0)
})

/** Charges that are looked at for the recent rate: it is that of a shorter time where there are more. */
const newest = 4_000

/** The accounts of `owner` that it may see, as `BudgetLedger.status` has them. */
export const outlook = Effect.fn("BudgetLedger.outlook")(function* (
  ledger: Ledger,
  owner: AccountOwner & Viewer
): Effect.fn.Return<ReadonlyArray<AccountOutlook>, BudgetError> {
  const now = yield* Clock.currentTimeMillis
  const spent = new Map<string, { readonly tokens: number; readonly micros: number }>()
  let horizon: number | undefined
  /** When the oldest charge was that is looked at. */
  const reach = Effect.suspend(() =>
    horizon === undefined
      ? Effect.map(ledger.usage({ by: "agent", newest }), (rows) => {
          const calls = rows.reduce((all, row) => all + row.calls, 0)
          return (horizon = calls < newest ? 0 : Math.min(...rows.map(({ firstAt }) => firstAt)))
        })
      : Effect.succeed(horizon)
  )
  const recently = Effect.fnUntraced(function* (payer: Payer, span: number) {
    const from = Math.max(now - span, yield* reach)
    const asked = JSON.stringify([payer, from])
    const rows = spent.get(asked) ?? sumOf(yield* ledger.usage({ by: "agent", ...payer, from }))
    spent.set(asked, rows)
    // as if it had gone on like that for the whole span
    const factor = span / Math.max(1, now - from)
    return { tokens: factor * rows.tokens, micros: factor * rows.micros }
  })
  return yield* Effect.forEach(yield* ledger.status(owner), (account) =>
    Effect.gen(function* () {
      const { limit, resetsAt, since: start, unit } = account
      if (start === null || resetsAt === null) return { ...account, forecast: null }
      const end = Date.parse(resetsAt)
      const recent = (yield* recently(payerOf(account, owner), recentSpan(start, end)))[unit]
      return { ...account, forecast: forecast({ start, end, now, spent: account.spent, limit, recent }) }
    })
  )
})
