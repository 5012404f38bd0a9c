import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as SqliteAudit from "../../layers/audit/SqliteAudit.ts"
import * as SqliteLedgerStore from "../../layers/budget/SqliteLedgerStore.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { layer } from "../../layers/budget/Ledger.ts"
import { type Database, Store } from "../../layers/store/Store.ts"
import { Audit } from "../../src/audit/Audit.ts"
import { usageReport } from "../../layers/budget/UsageReport.ts"
import type { UsageQuery } from "../../src/budget/Charge.ts"
import { BudgetLedger, openPermit, withPermit } from "../../src/budget/BudgetLedger.ts"
import { LedgerStore } from "../../src/budget/LedgerStore.ts"
import type { BudgetLimits } from "../../src/budget/Limits.ts"
import { nothingKnown } from "../../src/budget/Settlement.ts"
import type { Spender } from "../../src/budget/Spender.ts"
import { PrincipalId, TurnId } from "../../src/domain/Ids.ts"
import { holdId, quote, spender, support, unlimited, usageOf } from "./fixtures.ts"
import { sqliteLedger } from "./sqliteLedger.ts"

const file = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "exoclaw-ledger-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
).pipe(Effect.map((folder) => path.join(folder, "exoclaw.db")))

const day = Effect.gen(function* () {
  const rows = yield* (yield* BudgetLedger).status(spender)
  return rows.find((row) => row.scope === "day" && row.unit === "tokens")
})

const callOf = (who: Spender) =>
  Effect.suspend(() => {
    const q = quote({ outputMinimum: 50 })
    return Effect.gen(function* () {
      const meter = yield* openPermit(q)
      yield* meter.usage(usageOf(100, 50), "final")
    }).pipe(withPermit(q, who))
  })
const call = callOf(spender)

const forTen = { ...unlimited, day: { tokens: 1_509 } }

describe("the ledger over SQLite", () => {
  it.live(
    "T12: lets exactly ten of a thousand parallel calls pass a budget for ten, with true numbers for the rest",
    () =>
      Effect.gen(function* () {
        const db = yield* file
        yield* Effect.gen(function* () {
          const exits = yield* Effect.all(
            Array.from({ length: 1_000 }, () => Effect.exit(call)),
            { concurrency: "unbounded" }
          )
          assert.strictEqual(exits.filter(Exit.isSuccess).length, 10)
          assert.deepInclude(yield* day, { spent: 1_500, held: 0 })
          const refused = yield* Effect.flip(call)
          assert.deepInclude(refused.reason, { limit: 1_509, spent: 1_500, held: 0, wanted: 150, scope: "day" })
        }).pipe(Effect.provide(sqliteLedger(db, forTen)))
      })
  )

  it.live("T12: does so for two gateways on one store", () =>
    Effect.gen(function* () {
      const db = yield* file
      const gateway = Effect.all(
        Array.from({ length: 300 }, () => Effect.exit(call)),
        { concurrency: "unbounded" }
      )
      const [one, two] = yield* Effect.all(
        [Effect.provide(gateway, sqliteLedger(db, forTen)), Effect.provide(gateway, sqliteLedger(db, forTen))],
        { concurrency: 2 }
      )
      assert.strictEqual([...one, ...two].filter(Exit.isSuccess).length, 10)
      assert.deepInclude(yield* Effect.provide(day, sqliteLedger(db, forTen)), { spent: 1_500, held: 0 })
    })
  )

  it.live("T13: leaves nothing held after a thousand interrupted calls", () =>
    Effect.gen(function* () {
      const db = yield* file
      yield* Effect.gen(function* () {
        const open = Effect.suspend(() => {
          const q = quote()
          return Effect.gen(function* () {
            const started = yield* Deferred.make<void>()
            const run = Effect.andThen(openPermit(q), Deferred.succeed(started, undefined))
            const fiber = yield* Effect.forkChild(Effect.andThen(run, Effect.never).pipe(withPermit(q, spender)))
            return { started, fiber }
          })
        })
        const calls = yield* Effect.all(Array.from({ length: 1_000 }, () => open))
        yield* Effect.forEach(calls.slice(0, 500), ({ started }) => Deferred.await(started))
        yield* Fiber.interruptAll(calls.map(({ fiber }) => fiber))
        const after = yield* day
        assert.strictEqual(after?.held, 0)
        assert.isAtLeast(after?.spent ?? 0, 500 * 150)
      }).pipe(Effect.provide(sqliteLedger(db, unlimited)))
    })
  )

  it.live("writes an audit entry for every movement, in one chain that verifies", () =>
    Effect.gen(function* () {
      const db = yield* file
      yield* Effect.provide(
        Effect.all([call, call, Effect.exit(call)]),
        sqliteLedger(db, { ...unlimited, day: { tokens: 320 } })
      )
      yield* Effect.gen(function* () {
        const audit = yield* Audit
        const entries = yield* audit.query({ limit: 100 })
        assert.deepStrictEqual(
          entries.map((entry) => entry.event.kind),
          ["budget.hold", "budget.settled", "budget.hold", "budget.settled", "budget.refused"]
        )
        assert.strictEqual((yield* audit.verify).broken, undefined)
      }).pipe(Effect.provide(Layer.provide(SqliteAudit.layer, SqliteStore.layer(db))))
    })
  )

  /** Every sum over charges that the work makes, with the plan that SQLite makes for it. */
  const plansOf = Effect.fnUntraced(function* <A, E, R>(
    path: string,
    limits: BudgetLimits,
    work: Effect.Effect<A, E, R>
  ) {
    const plans: Array<string> = []
    const told = (db: Database): Database => ({
      ...db,
      all: (sql, ...params) => {
        if (/sum\(input\)/.test(sql)) {
          const steps = db.all(`EXPLAIN QUERY PLAN ${sql}`, ...params)
          plans.push(steps.map(({ detail }) => String(detail)).find((detail) => /charges/.test(detail)) ?? "")
        }
        return db.all(sql, ...params)
      }
    })
    const watched = Layer.effect(
      Store,
      Effect.map(Store, (store) => ({
        ...store,
        read: (query) => store.read((db) => query(told(db))),
        write: (command, durability) => store.write((db) => command(told(db)), durability)
      }))
    ).pipe(Layer.provide(SqliteStore.layer(path)))
    const books = Layer.provide(SqliteLedgerStore.layer(SqliteAudit.appendEntry), watched)
    yield* Effect.provide(work, Layer.provideMerge(Layer.provide(layer(limits), support), books))
    return plans
  })

  it.live("T16: a new sender's own days and months are added up from its own charges, not from everybody's", () =>
    Effect.gen(function* () {
      const db = yield* file
      const stranger = { ...spender, principal: PrincipalId.make("channel:telegram:7") }
      const limits = { ...unlimited, sender: { day: { tokens: 1_000_000 }, month: { tokens: 9_000_000 } } }
      const plans = yield* plansOf(db, limits, callOf(stranger))
      assert.lengthOf(plans, 4)
      const own = plans.filter((plan) => !/charges_held/.test(plan))
      assert.deepStrictEqual(
        own,
        Array.from(
          { length: 2 },
          () => "SEARCH charges USING INDEX charges_own (principal=? AND held_at>? AND held_at<?)"
        )
      )
    })
  )

  /** Twelve thousand charges more, like the one that is there. */
  const many = Effect.flatMap(Store, (store) =>
    store.write((at) =>
      at.run(`WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 12000)
            INSERT INTO charges SELECT NULL, 'hold_' || i, tenant, 'channel:tg:' || (i % 3), agent, 'session ' || (i % 7),
              turn, provider, model, day, i, i % 5, cache_read, cache_write, reported, cost_micros + i, price_version,
              basis, flagged, alarm, held_tokens, held_micros, held_at + i / 4, settled_at, input_micros, saved_micros
            FROM charges, c`)
    )
  )

  it.live(
    "T12: an account that was limited late is added up in pages, once, before any hold; none of its charges is missed",
    () =>
      Effect.gen(function* () {
        const db = yield* file
        yield* Effect.andThen(call, many).pipe(
          Effect.provide(Layer.provideMerge(sqliteLedger(db, unlimited), SqliteStore.layer(db)))
        )
        const limits = { ...unlimited, agents: new Map([[spender.agent, { month: { tokens: 1_000_000_000 } }]]) }
        const plans = yield* plansOf(
          db,
          limits,
          Effect.all(
            Array.from({ length: 20 }, () => call),
            { concurrency: "unbounded" }
          )
        )
        assert.lengthOf(plans, 4)
        // what was charged while they were read
        assert.strictEqual(plans.at(-1), "SEARCH charges USING INTEGER PRIMARY KEY (rowid>?)")
        const month = yield* Effect.provide(
          Effect.map(
            Effect.flatMap(BudgetLedger, (ledger) => ledger.status(spender)),
            (accounts) => accounts.find(({ key, unit }) => key.startsWith("main:") && unit === "tokens")
          ),
          sqliteLedger(db, limits)
        )
        // i and i % 5 of each, and 21 calls of 150
        assert.deepInclude(month, { spent: (12_000 * 12_001) / 2 + 24_000 + 21 * 150, held: 0 })
      })
  )

  it.live("what many calls used is summed up in pages, to the same sums as at once", () =>
    Effect.gen(function* () {
      const db = yield* file
      const reports = yield* Effect.gen(function* () {
        yield* call
        const store = yield* Store
        yield* many
        const queries: ReadonlyArray<UsageQuery> = [
          { by: "session" },
          { by: "model", principal: PrincipalId.make("channel:tg:1") },
          { by: "agent", principal: spender.principal },
          { by: "day", from: 0, to: Number.MAX_SAFE_INTEGER }
        ]
        const ledger = yield* BudgetLedger
        return yield* Effect.forEach(queries, (query) =>
          Effect.all([ledger.usage(query), store.read((at) => usageReport(at, query))])
        )
      }).pipe(Effect.provide(Layer.provideMerge(sqliteLedger(db, unlimited), SqliteStore.layer(db))))
      for (const [paged, whole] of reports) assert.deepStrictEqual(paged, whole)
      assert.strictEqual(reports[0]?.[0].length, 8)
      const looks = yield* plansOf(
        db,
        unlimited,
        Effect.flatMap(BudgetLedger, (ledger) => ledger.usage({ by: "session" }))
      )
      assert.lengthOf(looks, 3)
      // a forecast looks at the newest, and walks over no others
      const newest = Effect.flatMap(BudgetLedger, (ledger) => ledger.usage({ by: "agent", newest: 10 }))
      assert.deepStrictEqual(yield* plansOf(db, unlimited, newest), [
        "SEARCH charges USING INDEX charges_held (held_at>?)"
      ])
    })
  )

  it.live("an account that is looked at again and again is added up once, also where nobody spends", () =>
    Effect.gen(function* () {
      const db = yield* file
      const limits = { ...unlimited, agents: new Map([[spender.agent, { month: { tokens: 1_000_000 } }]]) }
      const look = Effect.flatMap(BudgetLedger, (ledger) => ledger.status(spender))
      yield* Effect.provide(call, sqliteLedger(db, unlimited))
      assert.lengthOf(yield* plansOf(db, limits, look), 1)
      assert.lengthOf(yield* plansOf(db, limits, Effect.andThen(look, look)), 0)
    })
  )

  it.effect("T13: a movement whose audit entry cannot be written does not happen", () => {
    const store = Layer.provideMerge(
      SqliteLedgerStore.layer(() => {
        throw new Error("no audit")
      }),
      SqliteStore.layerMemory
    )
    return Effect.gen(function* () {
      const books = yield* LedgerStore
      const request = {
        id: holdId(1),
        instance: { id: "inst_0000000000000001", pid: 1, startTicks: "" } as never,
        at: 0,
        day: "1970-01-01",
        spender,
        quote: quote().numbers,
        accounts: [{ id: "day:x", scope: "day" as const, key: "x", limit: {}, since: null, resetsAt: null }],
        warn: 0.75
      }
      const error = yield* Effect.flip(books.hold(request))
      assert.strictEqual(error._tag, "LedgerUnavailable")
      const rows = yield* (yield* Store).read((db) => [db.all("SELECT * FROM holds"), db.all("SELECT * FROM balances")])
      assert.deepStrictEqual(rows, [[], []])
    }).pipe(Effect.provide(store))
  })

  it.effect("T14: damaged rows and a closed store mean that nothing may be spent", () =>
    Effect.gen(function* () {
      const books = yield* LedgerStore
      const db = yield* Store
      yield* db.write((at) => at.run("INSERT INTO holds VALUES (?, 'inst', '{', NULL)", holdId(1)))
      assert.strictEqual((yield* Effect.flip(books.settle(holdId(1), nothingKnown, 0)))._tag, "LedgerUnavailable")
      yield* db.write((at) => at.run("DROP TABLE charges"))
      const turn = TurnId.make("turn_0000000000000009")
      assert.match((yield* Effect.flip(books.charges(turn))).message, /not available/)
    }).pipe(
      Effect.provide(
        Layer.provideMerge(
          SqliteLedgerStore.layer(() => undefined),
          SqliteStore.layerMemory
        )
      )
    )
  )
})
