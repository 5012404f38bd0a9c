/** Hold and settle on one hot account, through permits, over the real store with full durability. */
import * as Effect from "effect/Effect"
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
import { openPermit, withPermit } from "../../src/budget/BudgetLedger.ts"
import { defaultLimits } from "../../src/budget/Limits.ts"
import { quote, spender } from "../budget/fixtures.ts"

export interface BenchRow {
  readonly name: string
  readonly value: number
  readonly unit: string
}

const limits = { ...defaultLimits, day: { tokens: 2_000_000_000, micros: 2_000_000_000_000 } }

const over = (file: string) => {
  const support = Layer.provideMerge(instanceLayer, entropyLayer)
  const store = Layer.provide(SqliteLedgerStore.layer(appendEntry), SqliteStore.layer(file))
  return Layer.provide(ledgerLayer(limits), [store, support])
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

/** `calls` pairs, 64 at a time, after a warm-up. Rows: pairs per second and the 95th percentile of one pair. */
export const ledgerBench = async (calls = 12_000): Promise<ReadonlyArray<BenchRow>> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "exoclaw-bench-ledger-"))
  try {
    return await Effect.runPromise(
      Effect.gen(function* () {
        const round = (count: number) =>
          Effect.gen(function* () {
            const times: Array<number> = []
            const began = performance.now()
            yield* Effect.all(
              Array.from({ length: count }, () => pair(times)),
              { concurrency: 64, discard: true }
            )
            return { times, seconds: (performance.now() - began) / 1_000 }
          })
        yield* round(Math.min(calls, 2_000))
        const { times, seconds } = yield* round(calls)
        times.sort((a, b) => a - b)
        return [
          {
            name: "ledger: hold + settle, durable, one hot account, 64 at a time",
            value: calls / seconds,
            unit: "per second"
          },
          { name: "ledger: hold + settle, p95", value: times[Math.floor(calls * 0.95)] ?? 0, unit: "ms" }
        ]
      }).pipe(Effect.provide(over(path.join(folder, "bench.db"))))
    )
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}
