/**
 * Accounts whose limit was set where there were many charges already. They are added up in pages before they are opened: a
 * hold that did so in its transaction would have everybody wait.
 */
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { Account, Balance } from "../../src/budget/Account.ts"
import { mergedUsage } from "../../src/budget/Charge.ts"
import { inPages } from "../store/Pages.ts"
import type { Database, Store, StoreError } from "../store/Store.ts"
import { lastCharge, longOf, openBalances, type Sum } from "./BalanceRows.ts"
import { reachOf, usageReport } from "./UsageReport.ts"

/** Opens accounts, and gives their balances; undefined where others became long meanwhile. */
export type Open = (accounts: ReadonlyArray<Account>) => Effect.Effect<ReadonlyArray<Balance> | undefined, StoreError>

export const opening = (store: Store["Service"]): Open => {
  // who comes second finds them open
  const one = Semaphore.makeUnsafe(1)
  return (accounts) =>
    Effect.gen(function* () {
      const { long, through } = yield* store.read((db) => ({ long: longOf(db, accounts), through: lastCharge(db) }))
      const sums = new Map<string, Sum>()
      for (const { counted, id } of long) {
        if (counted === undefined) continue
        const look = (db: Database, from: number | undefined, to: number | undefined) =>
          usageReport(db, { by: "agent", ...counted, from, to }, { through })
        const pages = yield* inPages(store.read, { from: counted.from, to: counted.to, reach: reachOf(counted), look })
        sums.set(id, { through, rows: mergedUsage(pages.flat()) })
      }
      return yield* store.write((db) => openBalances(db, accounts, sums))
    }).pipe(one.withPermits(1))
}
