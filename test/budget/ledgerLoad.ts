/**
 * A gateway under load, to be killed: makes calls for ever against a vendor that tells a witness what it will bill
 * before anybody here knows of it. Arguments: database file, witness file.
 */
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import { openPermit, withPermit } from "../../src/budget/BudgetLedger.ts"
import { quote, spender, unlimited, usageOf } from "./fixtures.ts"
import { sqliteLedger } from "./sqliteLedger.ts"

const [, , file = "", witness = ""] = process.argv
const log = fs.openSync(witness, "a")

let seed = 1
/** A small deterministic generator: the load differs from call to call and not from run to run. */
const random = (below: number): number => {
  seed = (seed * 48_271) % 2_147_483_647
  return seed % below
}

const call = Effect.suspend(() => {
  const q = quote({ inputBound: 100 + random(100), outputCeiling: 20 + random(80), inputEstimate: 50 })
  return Effect.gen(function* () {
    const meter = yield* openPermit(q)
    const bill = usageOf(50 + random(50), random(meter.maxOutputTokens))
    yield* meter.began
    // Written to the file in this very call: nothing of it is lost when the process is killed.
    fs.writeSync(log, `${JSON.stringify({ hold: meter.holdId, ...bill })}\n`)
    yield* Effect.yieldNow
    yield* meter.usage({ ...bill, output: 0 }, "partial")
    yield* meter.delivered(bill.output)
    yield* meter.usage(bill, "final")
    fs.writeSync(1, ".")
  }).pipe(withPermit(q, spender))
})

await Effect.runPromise(
  Effect.all(
    Array.from({ length: 32 }, () => Effect.forever(call)),
    { concurrency: "unbounded", discard: true }
  ).pipe(Effect.provide(sqliteLedger(file, unlimited)))
)
