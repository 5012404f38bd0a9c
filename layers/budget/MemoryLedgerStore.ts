/** The ledger's books in memory: the twin of the SQLite store, for tests and for programs that keep nothing. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { AuditEvent } from "../../src/audit/AuditEvent.ts"
import { type Account, type Balance, emptyBalance } from "../../src/budget/Account.ts"
import { type Charge, mergedUsage, type UsageQuery, type UsageRow } from "../../src/budget/Charge.ts"
import { decideHold } from "../../src/budget/HoldDecision.ts"
import { chargeOf, heldFor, type HoldRecord, journalled, recordOf, shortOf } from "../../src/budget/HoldRecord.ts"
import { chargeEvents, extensionEvent, holdEvent } from "../../src/budget/LedgerEvents.ts"
import { heard, type HoldRequest, isFinal, LedgerStore } from "../../src/budget/LedgerStore.ts"
import { type Evidence, neverUsed } from "../../src/budget/Settlement.ts"
import { countsOf, totalTokens } from "../../src/budget/Usage.ts"
import { lateOf } from "./LateAccounts.ts"

/** What outlives a ledger over it: hand the same books to two layers to see a restart. */
export class Books {
  readonly balances = new Map<string, Balance>()
  readonly holds = new Map<string, HoldRecord>()
  readonly charges: Array<Charge & { readonly day: string }> = []
  readonly audit: Array<AuditEvent> = []

  balance(id: string): Balance {
    return this.balances.get(id) ?? emptyBalance
  }

  change(id: string, f: (balance: Balance) => Partial<Balance>): void {
    const balance = this.balance(id)
    this.balances.set(id, { ...balance, ...f(balance) })
  }
}

const lateIn = (books: Books, accounts: ReadonlyArray<Account>) =>
  lateOf(accounts, (id) => books.balances.has(id), {
    charged: (counted) => usage(books, { by: "agent", ...counted }),
    holds: () => [...books.holds.values()]
  })

const openLate = (books: Books, accounts: ReadonlyArray<Account>): void => {
  for (const { balance, holds, id } of lateIn(books, accounts)) {
    books.balances.set(id, balance)
    for (const record of holds) {
      const now = books.holds.get(record.id) ?? record
      books.holds.set(record.id, { ...now, accounts: [...now.accounts, id] })
    }
  }
}

const balancesOf = (books: Books, accounts: ReadonlyArray<Account>): ReadonlyArray<Balance> => {
  const late = new Map(lateIn(books, accounts).map(({ balance, id }) => [id, balance]))
  return accounts.map(({ id }) => late.get(id) ?? books.balance(id))
}

const hold = (books: Books, request: HoldRequest) => {
  openLate(books, request.accounts)
  const standing = request.accounts.map((account) => ({ account, balance: books.balance(account.id) }))
  const decision = decideHold(standing, request.quote, request.warn, request.pause, request.spender.passed)
  if (decision._tag === "Refused" && !isFinal(request, decision)) return decision
  if (decision._tag === "Held" && books.holds.has(request.id)) throw new Error(`exoclaw: the hold ${request.id} exists`)
  books.audit.push(holdEvent(request, decision))
  if (decision._tag === "Refused") return decision
  books.holds.set(request.id, recordOf(request, decision))
  for (const { id } of request.accounts) {
    books.change(id, (b) => ({
      heldTokens: b.heldTokens + decision.tokens,
      heldMicros: b.heldMicros + decision.micros
    }))
  }
  const mark = (account: string, unit: "tokens" | "micros", warned: boolean): void =>
    books.change(account, () => (unit === "tokens" ? { warnedTokens: warned } : { warnedMicros: warned }))
  for (const { account, unit } of heard(request, decision)) mark(account, unit, true)
  for (const { account, unit } of decision.rearmed) mark(account, unit, false)
  return decision
}

const journal = (books: Books, record: HoldRecord, evidence: Evidence): void => {
  const short = shortOf(record, evidence)
  books.holds.set(record.id, journalled(record, evidence, short))
  if (short === undefined) return
  for (const id of record.accounts) {
    books.change(id, (b) => ({ heldTokens: b.heldTokens + short.tokens, heldMicros: b.heldMicros + short.micros }))
  }
  books.audit.push(extensionEvent(record, short))
}

const settle = (books: Books, record: HoldRecord, evidence: Evidence, at: number): Charge => {
  const charge = chargeOf(record, evidence, at)
  const tokens = totalTokens(charge.usage)
  const held = heldFor(record)
  for (const id of record.accounts) {
    books.change(id, (b) => ({
      heldTokens: b.heldTokens - held.tokens,
      heldMicros: b.heldMicros - held.micros,
      spentTokens: b.spentTokens + tokens,
      spentMicros: b.spentMicros + charge.costMicros
    }))
  }
  books.holds.delete(record.id)
  books.charges.push({ ...charge, day: record.day })
  books.audit.push(...chargeEvents(charge))
  return charge
}

const bare = ({ day: _, ...charge }: Charge & { readonly day: string }): Charge => charge

const group = (charge: Charge & { readonly day: string }, by: UsageQuery["by"]): string =>
  by === "model" ? `${charge.provider}/${charge.model}` : charge[by]

const usage = (books: Books, query: UsageQuery): ReadonlyArray<UsageRow> => {
  const horizon = books.charges.toSorted((a, b) => b.heldAt - a.heldAt)[(query.newest ?? Infinity) - 1]?.heldAt
  const isAsked = (charge: Charge): boolean =>
    (horizon === undefined || charge.heldAt >= horizon) &&
    (query.tenant ?? charge.tenant) === charge.tenant &&
    (query.principal ?? charge.principal) === charge.principal &&
    (query.agent ?? charge.agent) === charge.agent &&
    (query.session ?? charge.session) === charge.session &&
    charge.heldAt >= (query.from ?? -Infinity) &&
    charge.heldAt < (query.to ?? Infinity)
  return mergedUsage(
    books.charges.filter(isAsked).map((charge) => ({
      group: group(charge, query.by),
      calls: 1,
      firstAt: charge.heldAt,
      ...countsOf(charge.usage),
      costMicros: charge.costMicros,
      savedMicros: charge.savedMicros
    }))
  )
}

const over = (books: Books): LedgerStore["Service"] => ({
  hold: (request) => Effect.sync(() => hold(books, request)),
  journal: (id, evidence) =>
    Effect.sync(() => {
      const record = books.holds.get(id)
      if (record !== undefined) journal(books, record, evidence)
    }),
  settle: (id, evidence, at) =>
    Effect.sync(() => {
      const record = books.holds.get(id)
      if (record !== undefined) return settle(books, record, evidence, at)
      const charge = books.charges.find((one) => one.holdId === id)
      if (charge === undefined) throw new Error(`exoclaw: there is no hold ${id}`)
      return bare(charge)
    }),
  abandon: (ids, at) =>
    Effect.sync(() => {
      for (const id of ids) {
        const record = books.holds.get(id)
        if (record !== undefined) settle(books, record, neverUsed, at)
      }
    }),
  recover: (lives, at) =>
    Effect.sync(() =>
      [...books.holds.values()]
        .filter((record) => !lives(record.instance))
        .map((record) => settle(books, record, record.evidence, at))
    ),
  balances: (accounts) => Effect.sync(() => balancesOf(books, accounts)),
  others: (tenant) =>
    Effect.sync(() =>
      [...books.balances.keys()].some((account) => account.startsWith("tenant:") && account !== `tenant:${tenant}`)
    ),
  charges: (turn) => Effect.sync(() => books.charges.filter((charge) => charge.turn === turn).map(bare)),
  usage: (query) => Effect.sync(() => usage(books, query)),
  overran: Effect.sync(() => [
    ...new Set(books.charges.filter((charge) => charge.alarm).map((charge) => `${charge.provider}/${charge.model}`))
  ])
})

/** A store over books that the caller keeps. */
export const layerBooks = (books: Books): Layer.Layer<LedgerStore> => Layer.sync(LedgerStore, () => over(books))

/** A store over books of its own. */
export const layerMemory: Layer.Layer<LedgerStore> = Layer.sync(LedgerStore, () => over(new Books()))
