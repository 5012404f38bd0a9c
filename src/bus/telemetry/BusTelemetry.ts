/** What the bus counts. Never in the way: whoever publishes does not notice an implementation that fails. */
import * as Context from "effect/Context"
import type { TenantId } from "../../domain/Ids.ts"
import type { BusErrorReason } from "../BusError.ts"

export const counted = [
  "published",
  "duplicate",
  "delivered",
  "private",
  "joined",
  "recovered",
  "gap",
  "dropped",
  "conflated",
  "cut",
  "relayed_out",
  "relayed_in",
  "relay_dropped",
  "relay_lost",
  "redacted",
  "malformed",
  "blocked_client"
] as const
export type Counted = (typeof counted)[number]

/** One tenant's numbers since the start. */
export interface Snapshot {
  readonly counts: Readonly<Partial<Record<Counted, number>>>
  readonly refused: Readonly<Partial<Record<BusErrorReason, number>>>
  /** Microseconds from the decoded request to its answer. */
  readonly latency: { readonly requests: number; readonly p50: number; readonly p95: number; readonly p99: number }
}

export class BusTelemetry extends Context.Service<
  BusTelemetry,
  {
    readonly count: (what: Counted, tenant: TenantId, by?: number) => void
    /** The tenant is undefined for those who never said who they are. */
    readonly refused: (reason: BusErrorReason, tenant: TenantId | undefined) => void
    /** How long a request took, in microseconds. */
    readonly handled: (request: string, tenant: TenantId, micros: number) => void
    readonly snapshot: (tenant: TenantId) => Snapshot
  }
>()("exoclaw/bus/BusTelemetry") {}
