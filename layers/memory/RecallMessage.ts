/** What the gateway and its recall thread say to each other. */
import type { MemoryScope } from "../../src/memory/MemoryScope.ts"
import type { Recalled, RecallOptions } from "../../src/memory/Recall.ts"

/** What the thread is started with. */
export interface ThreadData {
  /** Path of the database. */
  readonly path: string
  readonly cacheBytes: number
  /** Time zone whose days it counts. */
  readonly zone: string
}

export interface RecallOrder {
  readonly id: number
  readonly scope: MemoryScope
  readonly query: string
  /** Its vector is undefined where the thread computes it. */
  readonly options: RecallOptions
}

export type RecallReport =
  | { readonly id: number; readonly recalled: Recalled }
  /** The message of what went wrong, for the operator. */
  | { readonly id: number; readonly failed: string }
