/** The ledger's books in the embedded store. Balances are rows, read and written inside one transaction; no authority is in memory. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { AuditEvent } from "../../src/audit/AuditEvent.ts"
import { type Account, emptyBalance } from "../../src/budget/Account.ts"
import { LedgerUnavailable } from "../../src/budget/BudgetError.ts"
import { type Charge, mergedUsage, type UsageQuery } from "../../src/budget/Charge.ts"
import { decideHold, type HoldDecision } from "../../src/budget/HoldDecision.ts"
import type { HoldRecord } from "../../src/budget/HoldRecord.ts"
import { chargeEvents, extensionEvent, holdEvent } from "../../src/budget/LedgerEvents.ts"
import { type HoldRequest, isFinal, LedgerStore } from "../../src/budget/LedgerStore.ts"
import { type Evidence, neverUsed } from "../../src/budget/Settlement.ts"
import type { HoldId } from "../../src/domain/Ids.ts"
import { inPages } from "../store/Pages.ts"
import { type Database, Store, type StoreError } from "../store/Store.ts"
import { balancesOf, knownBalances, openBalances } from "./BalanceRows.ts"
import * as Rows from "./LedgerRows.ts"
import { opening } from "./Opening.ts"
import { reachOf, usageReport } from "./UsageReport.ts"

/** Appends an audit entry inside the transaction of the movement it tells of; `atMillis` is Unix time. */
export type AppendAudit = (db: Database, event: AuditEvent, atMillis: number) => void

const make = (store: Store["Service"], audit: AppendAudit): LedgerStore["Service"] => {
  const hold =
    (request: HoldRequest) =>
    (db: Database): HoldDecision | undefined => {
      const balances = openBalances(db, request.accounts)
      if (balances === undefined) return undefined
      const standing = request.accounts.map((account, n) => ({ account, balance: balances[n] ?? emptyBalance }))
      const decision = decideHold(standing, request.quote, request.warn, request.pause, request.spender.passed)
      if (decision._tag === "Held") Rows.insertHold(db, request, decision)
      else if (!isFinal(request, decision)) return decision
      audit(db, holdEvent(request, decision), request.at)
      return decision
    }
  const open = opening(store)
  const holdOpened = (request: HoldRequest): Effect.Effect<HoldDecision, StoreError> =>
    Effect.flatMap(store.write(hold(request), "full"), (decision) =>
      decision === undefined
        ? Effect.andThen(
            open(request.accounts),
            Effect.suspend(() => holdOpened(request))
          )
        : Effect.succeed(decision)
    )
  const settle = (db: Database, record: HoldRecord, evidence: Evidence, at: number): Charge => {
    const charge = Rows.settleHold(db, record, evidence, at)
    for (const event of chargeEvents(charge)) audit(db, event, at)
    return charge
  }
  const settleById =
    (id: HoldId, evidence: Evidence, at: number) =>
    (db: Database): Charge => {
      const record = Rows.takeHold(db, id)
      if (record !== undefined) return settle(db, record, evidence, at)
      const charge = Rows.chargeByHold(db, id)
      if (charge === undefined) throw new Error(`exoclaw: there is no hold ${id}`)
      return charge
    }
  const journal = (id: HoldId, evidence: Evidence, at: number) => (db: Database) => {
    const record = Rows.holdById(db, id)
    const short = record === undefined ? undefined : Rows.journal(db, record, evidence)
    if (record !== undefined && short !== undefined) audit(db, extensionEvent(record, short), at)
  }
  const abandon = (ids: ReadonlyArray<HoldId>, at: number) => (db: Database) => {
    for (const id of ids) {
      const record = Rows.takeHold(db, id)
      if (record !== undefined) settle(db, record, neverUsed, at)
    }
  }
  const balances = Effect.fnUntraced(function* (accounts: ReadonlyArray<Account>) {
    const known = yield* store.read((db) => knownBalances(db, accounts))
    if (known !== undefined) return known
    // who looks at it again and again shall not have it added up each time
    const opened = yield* Effect.orElseSucceed(open(accounts), () => undefined)
    return opened ?? (yield* store.read((db) => balancesOf(db, accounts)))
  })
  const usage = (query: UsageQuery) => {
    const { from, newest, to } = query
    const look = (db: Database, from: number | undefined, to: number | undefined) =>
      usageReport(db, { ...query, from, to })
    return newest === undefined
      ? Effect.map(inPages(store.read, { from, to, reach: reachOf(query), look }), (pages) => mergedUsage(pages.flat()))
      : store.read((db) => usageReport(db, query))
  }
  return LedgerStore.of({
    hold: (request) => guarded(holdOpened(request)),
    // The death of the process is what the journal is for; a loss of power charges the bound.
    journal: (id, evidence, at) => guarded(store.write(journal(id, evidence, at))),
    settle: (id, evidence, at) => guarded(store.write(settleById(id, evidence, at), "full")),
    abandon: (ids, at) => guarded(store.write(abandon(ids, at), "full")),
    recover: (lives, at) =>
      guarded(
        Effect.flatMap(store.read(Rows.holders), (instances) =>
          instances.every(lives)
            ? Effect.succeed([])
            : store.write(
                (db) =>
                  Rows.holders(db)
                    .filter((instance) => !lives(instance))
                    .flatMap((instance) => Rows.takeHoldsOf(db, instance.id))
                    .map((record) => settle(db, record, record.evidence, at)),
                "full"
              )
        )
      ),
    balances: (accounts) => guarded(balances(accounts)),
    others: (tenant) => guarded(store.read((db) => Rows.others(db, tenant))),
    charges: (turn) => guarded(store.read((db) => Rows.chargesOf(db, turn))),
    usage: (query) => guarded(usage(query)),
    overran: guarded(store.read(Rows.overran))
  })
}

/** Whatever goes wrong below, a damaged row included, means that nothing may be spent. */
const guarded = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, LedgerUnavailable> =>
  effect.pipe(
    Effect.mapError((cause) => new LedgerUnavailable({ cause })),
    Effect.catchDefect((cause) => Effect.fail(new LedgerUnavailable({ cause })))
  )

export const layer = (audit: AppendAudit): Layer.Layer<LedgerStore, never, Store> =>
  Layer.effect(
    LedgerStore,
    Effect.map(Store, (store) => make(store, audit))
  )
