/** How the parts that the bus stands on are. */
import type { Durability } from "./Durability.ts"

export interface HistoryHealth {
  /** Such as `memory` or `redis`. */
  readonly backend: string
  /** True where something else stands in for what is configured. */
  readonly degraded: boolean
  /** What an append gives now. */
  readonly durability: Durability
  /** For people; no names of tenants or channels. */
  readonly detail: string
}

export interface BridgeHealth {
  /** Such as `nats`. */
  readonly backend: string
  readonly connected: boolean
  /** For people; no names of tenants or channels. */
  readonly detail: string
}
