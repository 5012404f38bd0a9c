import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { accountsOf } from "../../src/budget/Account.ts"
import { BudgetLedger } from "../../src/budget/BudgetLedger.ts"
import { LedgerStore } from "../../src/budget/LedgerStore.ts"
import { calendar } from "../../src/budget/Period.ts"
import { totalTokens, type Usage } from "../../src/budget/Usage.ts"
import { spender, unlimited } from "./fixtures.ts"
import { sqliteLedger } from "./sqliteLedger.ts"

/** Kills the load with SIGKILL once it finished `calls` calls. */
const killAfter = async (calls: number, file: string, witness: string): Promise<void> => {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, "ledgerLoad.ts"), file, witness], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  let finished = 0
  child.stdout.on("data", (dots: Buffer) => {
    finished += dots.length
    if (finished >= calls) child.kill("SIGKILL")
  })
  await once(child, "close")
  assert.isAtLeast(finished, calls)
}

const billed = (witness: string): ReadonlyMap<string, Usage> =>
  new Map(
    fs
      .readFileSync(witness, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Usage & { readonly hold: string })
      .map(({ hold, ...usage }) => [hold, usage])
  )

const installation = Effect.gen(function* () {
  const [account] = accountsOf(unlimited, spender, calendar("UTC", 1)(0))
  const [balance] = yield* (yield* LedgerStore).balances(account === undefined ? [] : [account])
  if (balance === undefined) throw new Error("no balance")
  return balance
})

describe("T13: kill -9 under load", () => {
  it("never charges less than the vendor bills, and just that where the journal has the usage", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "exoclaw-crash-"))
    try {
      const file = path.join(folder, "exoclaw.db")
      const witness = path.join(folder, "witness")
      let bounds = 0
      for (const calls of [1, 97, 256, 411]) {
        await killAfter(calls, file, witness)
        const bills = billed(witness)
        const truth = [...bills.values()].reduce((sum, usage) => sum + totalTokens(usage), 0)
        await Effect.runPromise(
          Effect.gen(function* () {
            // The ledger settled, when it was made, what its dead predecessor left.
            const after = yield* installation
            assert.strictEqual(after.heldTokens, 0)
            assert.strictEqual(after.heldMicros, 0)
            assert.isAtLeast(after.spentTokens, truth)
            const charges = yield* (yield* BudgetLedger).charges(spender.turn)
            const sum = charges.reduce((all, charge) => all + totalTokens(charge.usage), 0)
            assert.strictEqual(after.spentTokens, sum)
            const charged = new Map(charges.map((charge) => [charge.holdId as string, charge]))
            for (const [hold, bill] of bills) {
              const charge = charged.get(hold)
              assert.isDefined(charge)
              if (charge?.basis === "usage") assert.deepStrictEqual(charge.usage, bill)
              else assert.isAtLeast(totalTokens(charge?.usage ?? bill), totalTokens(bill))
            }
            bounds = charges.filter((charge) => charge.basis === "bound").length
          }).pipe(Effect.provide(sqliteLedger(file, unlimited)))
        )
      }
      assert.isAbove(bounds, 0)
    } finally {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  })
})
