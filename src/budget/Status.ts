/** Balances as they are shown. Pure. */
import type { Limit } from "../domain/Limit.ts"
import { type Account, type Balance, emptyBalance } from "./Account.ts"
import type { AccountStatus } from "./Charge.ts"
import type { BudgetLimits } from "./Limits.ts"

type Unit = AccountStatus["unit"]

const amounts: Readonly<
  Record<Unit, (limit: Limit, balance: Balance) => Pick<AccountStatus, "limit" | "spent" | "held">>
> = {
  tokens: ({ tokens }, { heldTokens, spentTokens }) => ({
    limit: tokens ?? null,
    spent: spentTokens,
    held: heldTokens
  }),
  micros: ({ micros }, { heldMicros, spentMicros }) => ({
    limit: micros ?? null,
    spent: spentMicros,
    held: heldMicros
  })
}

/** The first whole amount that is past the mark. */
const markAt = (limit: number | null, mark: number | undefined): number | null =>
  limit === null || mark === undefined ? null : Math.ceil(limit * mark)

/** Two rows for each account: tokens, then micro-dollars. */
export const statusOf = (
  accounts: ReadonlyArray<Account>,
  balances: ReadonlyArray<Balance>,
  { pause, warn }: Pick<BudgetLimits, "pause" | "warn">
): ReadonlyArray<AccountStatus> =>
  accounts.flatMap(({ scope, key, limit, resetsAt, since }, index): ReadonlyArray<AccountStatus> => {
    const balance = balances[index] ?? emptyBalance
    return (["tokens", "micros"] as const).map((unit) => {
      const own = amounts[unit](limit, balance)
      return {
        scope,
        key,
        unit,
        ...own,
        warnAt: markAt(own.limit, warn),
        pauseAt: markAt(own.limit, pause),
        since,
        resetsAt
      }
    })
  })
