/** The budget ledger of a gateway. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { BudgetLedger, make } from "../../src/budget/BudgetLedger.ts"
import type { LedgerOptions } from "../../src/budget/LedgerOptions.ts"
import type { LedgerStore } from "../../src/budget/LedgerStore.ts"
import { type BudgetLimits, defaultLimits } from "../../src/budget/Limits.ts"
import type { Entropy } from "../../src/domain/Entropy.ts"
import type { Instance, InstanceFacts } from "../../src/domain/Instance.ts"
import { isAlive } from "../platform/ProcessLiveness.ts"
import { layerMemory as storeMemory } from "./MemoryLedgerStore.ts"

const lives = (instance: InstanceFacts): boolean => isAlive(instance.pid, instance.startTicks)

/** With limits that are read anew at each hold, and calls that wait for what is only set aside. */
export const layerReloadable = (
  limits: Effect.Effect<BudgetLimits>,
  options: Pick<LedgerOptions, "ofToken" | "patienceMs"> = {}
): Layer.Layer<BudgetLedger, never, LedgerStore | Entropy | Instance> =>
  Layer.effect(BudgetLedger, make({ limits, lives, ...options }))

/** With fixed limits. */
export const layer = (limits: BudgetLimits): Layer.Layer<BudgetLedger, never, LedgerStore | Entropy | Instance> =>
  layerReloadable(Effect.succeed(limits))

/** Over books in memory. */
export const layerMemory = (
  limits: BudgetLimits = defaultLimits
): Layer.Layer<BudgetLedger, never, Entropy | Instance> => Layer.provide(layer(limits), storeMemory)
