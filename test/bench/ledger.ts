/**
 * The ledger over the real store with full durability: hold and settle on one hot account, through permits; the same
 * without waiting for the disk; and what a burst and a thousand aborts leave behind, beside what logic does that checks
 * first and records afterwards.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { appendEntry } from "../../layers/audit/SqliteAudit.ts"
import { layer as ledgerLayer } from "../../layers/budget/Ledger.ts"
import * as SqliteLedgerStore from "../../layers/budget/SqliteLedgerStore.ts"
import { layer as entropyLayer } from "../../layers/platform/NodeEntropy.ts"
import { layer as instanceLayer } from "../../layers/platform/NodeInstance.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { type Database, Store } from "../../layers/store/Store.ts"
import { BudgetLedger, openPermit, withPermit } from "../../src/budget/BudgetLedger.ts"
import { type BudgetLimits, defaultLimits } from "../../src/budget/Limits.ts"
import { quote, spender, usageOf } from "../budget/fixtures.ts"
import type { Row } from "./row.ts"

const limits = { ...defaultLimits, day: { tokens: 2_000_000_000, micros: 2_000_000_000_000 } }

/** Between the ledger and its store. */
type Between = (store: Store["Service"]) => Store["Service"]

const over = (file: string, between: Between = (store) => store, of: BudgetLimits = limits) => {
  const support = Layer.provideMerge(instanceLayer, entropyLayer)
  const files = Layer.effect(Store, Effect.map(Store, between)).pipe(Layer.provide(SqliteStore.layer(file)))
  return Layer.fresh(
    Layer.provide(ledgerLayer(of), [Layer.provide(SqliteLedgerStore.layer(appendEntry), files), support])
  )
}

const withoutDisk: Between = (store) => ({ ...store, write: (command) => store.write(command, "normal") })

const counting =
  (count: () => void): Between =>
  (store) => {
    const counted = (db: Database): Database => ({
      ...db,
      get: (...args) => (count(), db.get(...args)),
      all: (...args) => (count(), db.all(...args)),
      run: (...args) => (count(), db.run(...args))
    })
    return { ...store, write: (command, durability) => store.write((db) => command(counted(db)), durability) }
  }

const pair = (times: Array<number>) =>
  Effect.suspend(() => {
    const began = performance.now()
    const q = quote()
    return Effect.flatMap(openPermit(q), (meter) => meter.began).pipe(
      withPermit(q, spender),
      Effect.andThen(Effect.sync(() => times.push(performance.now() - began)))
    )
  })

/** `count` pairs, 64 at a time. */
const round = (count: number) =>
  Effect.gen(function* () {
    const times: Array<number> = []
    const began = performance.now()
    yield* Effect.all(
      Array.from({ length: count }, () => pair(times)),
      { concurrency: 64, discard: true }
    )
    return { times: times.toSorted((a, b) => a - b), perSecond: (count * 1_000) / (performance.now() - began) }
  })

const warmed = (count: number) => Effect.andThen(round(Math.min(count, 2_000)), round(count))

const calls = 1_000
/** Ten calls of 150 tokens, and a little that is not enough for one more. */
const limit = 1_509
const answer = usageOf(100, 50)

/** A call that takes a moment, as any vendor's does. */
const vendor = Effect.sleep("2 millis")

/** Tokens spent beyond the limit by a thousand parallel calls through the ledger. */
const overshoot = Effect.gen(function* () {
  const call = Effect.suspend(() => {
    const q = quote({ outputMinimum: 50 })
    return Effect.gen(function* () {
      const meter = yield* openPermit(q)
      yield* vendor
      yield* meter.usage(answer, "final")
    }).pipe(withPermit(q, spender))
  })
  yield* Effect.all(
    Array.from({ length: calls }, () => Effect.exit(call)),
    { concurrency: "unbounded" }
  )
  const rows = yield* (yield* BudgetLedger).status(spender)
  const day = rows.find(({ scope, unit }) => scope === "day" && unit === "tokens")
  return Math.max(0, (day?.spent ?? Number.NaN) - limit)
})

/** The same burst through logic that looks at what was spent, calls, and then adds what the call used. */
const checkThenRecord = Effect.gen(function* () {
  let spent = 0
  const wanted = 150
  const call = Effect.gen(function* () {
    if (spent + wanted > limit) return yield* Effect.fail("over budget")
    yield* vendor
    spent += answer.input + answer.output
  })
  yield* Effect.all(
    Array.from({ length: calls }, () => Effect.exit(call)),
    { concurrency: "unbounded" }
  )
  return Math.max(0, spent - limit)
})

/** Tokens still held after a thousand calls were aborted at random moments. */
const leaked = Effect.gen(function* () {
  const call = Effect.suspend(() => {
    const q = quote()
    return Effect.andThen(openPermit(q), Effect.never).pipe(withPermit(q, spender))
  })
  const fibers = yield* Effect.forEach(Array.from({ length: calls }), () => Effect.forkChild(call))
  for (const [n, fiber] of fibers.entries()) {
    if (n % 7 === 0) yield* Effect.yieldNow
    yield* Effect.forkChild(Fiber.interrupt(fiber))
  }
  yield* Fiber.awaitAll(fibers)
  const rows = yield* (yield* BudgetLedger).status(spender)
  return rows.reduce((sum, { held }) => sum + held, 0)
})

const inFolder = async <A>(use: (file: string) => Promise<A>): Promise<A> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "exoclaw-bench-ledger-"))
  try {
    return await use(path.join(folder, "bench.db"))
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

const zero = (name: string, value: number): Row => ({
  name,
  value,
  unit: "tokens",
  goal: "0",
  met: value === 0,
  better: "lower",
  scale: "none"
})

/** `pairs` for the speed, after a warm-up. */
export const ledgerBench = async (pairs = 12_000): Promise<ReadonlyArray<Row>> => {
  const durable = await inFolder((file) => Effect.runPromise(Effect.provide(warmed(pairs), over(file))))
  const memory = await inFolder((file) => Effect.runPromise(Effect.provide(warmed(pairs), over(file, withoutDisk))))
  let statements = 0
  const count = counting(() => {
    statements += 1
  })
  await inFolder((file) => Effect.runPromise(Effect.provide(round(100), over(file, count))))
  const small = { ...defaultLimits, day: { tokens: limit } }
  const ours = await inFolder((file) => Effect.runPromise(Effect.provide(overshoot, over(file, undefined, small))))
  const theirs = await Effect.runPromise(checkThenRecord)
  const left = await inFolder((file) => Effect.runPromise(Effect.provide(leaked, over(file))))
  const p95 = durable.times[Math.floor(pairs * 0.95)] ?? Number.NaN
  return [
    {
      name: "ledger: hold + settle, durable, one hot account, 64 at a time",
      value: durable.perSecond,
      unit: "per second",
      goal: ">= 3,000",
      met: durable.perSecond >= 3_000,
      better: "higher",
      scale: "turn"
    },
    {
      name: "ledger: hold + settle, p95",
      value: p95,
      unit: "ms",
      goal: "< 10",
      met: p95 < 10,
      better: "lower",
      scale: "turn",
      tail: true
    },
    {
      name: "ledger: hold + settle without waiting for the disk",
      value: memory.perSecond,
      unit: "per second",
      better: "higher",
      scale: "cpu"
    },
    {
      name: "ledger: statements of a hold and its settlement",
      value: statements / 100,
      unit: "statements",
      better: "lower",
      scale: "none"
    },
    zero("ledger: overshoot, 1,000 parallel calls on a budget for ten", ours),
    {
      name: "ledger: the same burst by check-then-record: overshoot",
      value: theirs,
      unit: "tokens",
      better: "lower",
      scale: "none"
    },
    zero("ledger: held after 1,000 aborts", left)
  ]
}
