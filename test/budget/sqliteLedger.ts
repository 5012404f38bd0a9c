/** A whole ledger over a database file, with its audit, as a gateway has it. */
import * as Layer from "effect/Layer"
import { appendEntry } from "../../layers/audit/SqliteAudit.ts"
import { layer } from "../../layers/budget/Ledger.ts"
import * as SqliteLedgerStore from "../../layers/budget/SqliteLedgerStore.ts"
import { layer as entropy } from "../../layers/platform/NodeEntropy.ts"
import { layer as instance } from "../../layers/platform/NodeInstance.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import type { BudgetLedger } from "../../src/budget/BudgetLedger.ts"
import type { LedgerStore } from "../../src/budget/LedgerStore.ts"
import type { BudgetLimits } from "../../src/budget/Limits.ts"

/** Fresh at each use: two of them on one file are two gateways. */
export const sqliteLedger = (file: string, limits: BudgetLimits): Layer.Layer<BudgetLedger | LedgerStore> => {
  const store = Layer.provide(SqliteLedgerStore.layer(appendEntry), Layer.orDie(SqliteStore.layer(file)))
  const support = Layer.provideMerge(instance, entropy)
  return Layer.fresh(Layer.provideMerge(Layer.provide(layer(limits), support), store))
}
