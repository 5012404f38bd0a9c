/**
 * Accounts of a period that nobody has looked at before: their limit was set in the middle of it, or it became another
 * one (a time zone, the first day of a month). What was charged in it, and what is held, is theirs all the same.
 */
import { type Account, type Balance, type Counted, emptyBalance, isCounted } from "../../src/budget/Account.ts"
import type { UsageRow } from "../../src/budget/Charge.ts"
import { heldFor, type HoldRecord } from "../../src/budget/HoldRecord.ts"

/** Of a store's books: settled charges by agent, and the holds under way. */
export interface Kept {
  readonly charged: (counted: Counted, account: string) => ReadonlyArray<UsageRow>
  readonly holds: () => ReadonlyArray<HoldRecord>
}

export interface Late {
  readonly id: string
  readonly balance: Balance
  /** Holds that are its own too, from now on. */
  readonly holds: ReadonlyArray<HoldRecord>
}

/** Those of the accounts that have no balance yet and have to be added up. */
export const lateOf = (
  accounts: ReadonlyArray<Account>,
  isKnown: (id: string) => boolean,
  kept: Kept
): ReadonlyArray<Late> => {
  let held: ReadonlyArray<HoldRecord> | undefined
  return accounts.flatMap(({ counted, id }) => {
    if (counted === undefined || isKnown(id)) return []
    held ??= kept.holds()
    const holds = held.filter(
      ({ accounts, heldAt, spender }) => !accounts.includes(id) && isCounted(counted, heldAt, spender)
    )
    const sum = <A>(all: ReadonlyArray<A>, of: (one: A) => number) => all.reduce((so, one) => so + of(one), 0)
    const rows = kept.charged(counted, id)
    const balance = {
      ...emptyBalance,
      spentTokens: sum(rows, ({ cacheRead, cacheWrite, input, output }) => input + output + cacheRead + cacheWrite),
      spentMicros: sum(rows, ({ costMicros }) => costMicros),
      heldTokens: sum(holds, (hold) => heldFor(hold).tokens),
      heldMicros: sum(holds, (hold) => heldFor(hold).micros)
    }
    return [{ id, balance, holds }]
  })
}
