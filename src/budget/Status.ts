/** Balances as they are shown. Pure. */
import { type Account, type Balance, emptyBalance } from "./Account.ts"
import type { AccountStatus } from "./Charge.ts"

/** Two rows for each account: tokens, then micro-dollars. */
export const statusOf = (
  accounts: ReadonlyArray<Account>,
  balances: ReadonlyArray<Balance>
): ReadonlyArray<AccountStatus> =>
  accounts.flatMap(({ scope, key, limit, resetsAt }, index): ReadonlyArray<AccountStatus> => {
    const balance = balances[index] ?? emptyBalance
    return [
      {
        scope,
        key,
        unit: "tokens",
        limit: limit.tokens ?? null,
        spent: balance.spentTokens,
        held: balance.heldTokens,
        resetsAt
      },
      {
        scope,
        key,
        unit: "micros",
        limit: limit.micros ?? null,
        spent: balance.spentMicros,
        held: balance.heldMicros,
        resetsAt
      }
    ]
  })
