/** The rows of balances, and those that have to be added up first. Synchronous: for use inside one transaction. */
import { type Account, type Balance, emptyBalance } from "../../src/budget/Account.ts"
import type { UsageRow } from "../../src/budget/Charge.ts"
import { pageRows } from "../store/Pages.ts"
import type { Database, Row } from "../store/Store.ts"
import { lateOf } from "./LateAccounts.ts"
import { repeat, toRecord, warnedMicros, warnedTokens } from "./LedgerRows.ts"
import { reachOf, usageReport } from "./UsageReport.ts"

const toBalance = (row: Row): Balance => {
  const warned = Number(row.warned)
  return {
    spentTokens: Number(row.spent_tokens),
    heldTokens: Number(row.held_tokens),
    spentMicros: Number(row.spent_micros),
    heldMicros: Number(row.held_micros),
    warnedTokens: (warned & warnedTokens) !== 0,
    warnedMicros: (warned & warnedMicros) !== 0
  }
}

const knownOf = (db: Database, accounts: ReadonlyArray<Account>): Map<string, Balance> => {
  const ids = accounts.map((account) => account.id)
  const rows = db.all(`SELECT * FROM balances WHERE account IN (${repeat("?", ids.length)})`, ...ids)
  return new Map(rows.map((row) => [String(row.account), toBalance(row)]))
}

/** What an account was charged up to a charge, added up before: `through` is the number of that charge. */
export interface Sum {
  readonly through: number
  readonly rows: ReadonlyArray<UsageRow>
}
export type Sums = ReadonlyMap<string, Sum>

const noSums: Sums = new Map()

const lateIn = (
  db: Database,
  accounts: ReadonlyArray<Account>,
  known: ReadonlyMap<string, Balance>,
  sums: Sums = noSums
) =>
  lateOf(accounts, (id) => known.has(id), {
    charged: (counted, id) => {
      const sum = sums.get(id)
      const since = usageReport(db, { by: "agent", ...counted }, sum === undefined ? {} : { after: sum.through })
      return [...(sum?.rows ?? []), ...since]
    },
    holds: () => db.all("SELECT record, evidence FROM holds").map(toRecord)
  })

/** Those that have to be added up, and have so many charges that nobody should wait for it. */
export const longOf = (
  db: Database,
  accounts: ReadonlyArray<Account>,
  known: ReadonlyMap<string, Balance> = knownOf(db, accounts)
): ReadonlyArray<Account> =>
  accounts.filter(({ counted, id }) => {
    if (counted === undefined || known.has(id)) return false
    const { from, principal, to } = counted
    const reached = reachOf({ principal })(db, from, pageRows)
    return reached !== undefined && reached < to
  })

export const lastCharge = (db: Database): number => Number(db.get("SELECT max(n) AS n FROM charges")?.n ?? 0)

/** Undefined where an account has to be added up first. */
export const knownBalances = (db: Database, accounts: ReadonlyArray<Account>): ReadonlyArray<Balance> | undefined => {
  const known = knownOf(db, accounts)
  return accounts.every(({ counted, id }) => counted === undefined || known.has(id))
    ? accounts.map(({ id }) => known.get(id) ?? emptyBalance)
    : undefined
}

/** Changes nothing. */
export const balancesOf = (db: Database, accounts: ReadonlyArray<Account>): ReadonlyArray<Balance> => {
  const known = knownOf(db, accounts)
  for (const { balance, id } of lateIn(db, accounts, known)) known.set(id, balance)
  return accounts.map(({ id }) => known.get(id) ?? emptyBalance)
}

/** The same, and from now on every account with a period is counted. Undefined, and nothing done, where one is long. */
export const openBalances = (
  db: Database,
  accounts: ReadonlyArray<Account>,
  sums: Sums = noSums
): ReadonlyArray<Balance> | undefined => {
  const known = knownOf(db, accounts)
  if (longOf(db, accounts, known).some(({ id }) => !sums.has(id))) return undefined
  for (const { balance, holds, id } of lateIn(db, accounts, known, sums)) {
    known.set(id, balance)
    const { heldMicros, heldTokens, spentMicros, spentTokens } = balance
    db.run("INSERT INTO balances VALUES (?, ?, ?, ?, ?, 0)", id, spentTokens, heldTokens, spentMicros, heldMicros)
    for (const { id: hold } of holds) {
      db.run("UPDATE holds SET record = json_insert(record, '$.accounts[#]', ?) WHERE id = ?", id, hold)
    }
  }
  return accounts.map(({ id }) => known.get(id) ?? emptyBalance)
}
