/** Counts by tenant, for `system:telemetry` and for Prometheus. Whatever goes wrong here stays here. */
import * as Layer from "effect/Layer"
import type { BusErrorReason } from "../../../src/bus/BusError.ts"
import { BusTelemetry, type Counted, type Snapshot } from "../../../src/bus/telemetry/BusTelemetry.ts"
import { Latency } from "../../../src/bus/telemetry/Latency.ts"
import type { TenantId } from "../../../src/domain/Ids.ts"
import * as Metrics from "../../../src/domain/Metrics.ts"

/** Tenants that are counted apart; the rest is only in the metrics. */
const mostTenants = 10_000

class TenantNumbers {
  readonly counts: Partial<Record<Counted, number>> = {}
  readonly refused: Partial<Record<BusErrorReason, number>> = {}
  readonly latency = new Latency()
}

/** What the bus calls: nothing that the inner one throws comes out. */
export const guarded = (inner: BusTelemetry["Service"]): BusTelemetry["Service"] => {
  const quietly = (run: () => void): void => {
    try {
      run()
    } catch {
      // a number less is better than a message less
    }
  }
  return {
    count: (what, tenant, by) => quietly(() => inner.count(what, tenant, by)),
    refused: (reason, tenant) => quietly(() => inner.refused(reason, tenant)),
    handled: (request, tenant, micros) => quietly(() => inner.handled(request, tenant, micros)),
    snapshot: (tenant) => {
      let snapshot: Snapshot = { counts: {}, refused: {}, latency: { requests: 0, p50: 0, p95: 0, p99: 0 } }
      quietly(() => {
        snapshot = inner.snapshot(tenant)
      })
      return snapshot
    }
  }
}

export const make = (): BusTelemetry["Service"] => {
  const tenants = new Map<TenantId, TenantNumbers>()
  const of = (tenant: TenantId): TenantNumbers => {
    const known = tenants.get(tenant)
    if (known !== undefined) return known
    const fresh = new TenantNumbers()
    if (tenants.size < mostTenants) tenants.set(tenant, fresh)
    return fresh
  }
  return guarded({
    count: (what, tenant, by = 1) => {
      const { counts } = of(tenant)
      counts[what] = (counts[what] ?? 0) + by
      Metrics.busEvents.recordUnsafe({ tenant, event: what }, by)
    },
    refused: (reason, tenant) => {
      if (tenant !== undefined) {
        const { refused } = of(tenant)
        refused[reason] = (refused[reason] ?? 0) + 1
      }
      Metrics.busRefused.recordUnsafe({ tenant: tenant ?? "", code: reason }, 1)
    },
    handled: (request, tenant, micros) => {
      of(tenant).latency.record(micros)
      Metrics.busLatency.recordUnsafe({ request }, micros / 1_000_000)
    },
    snapshot: (tenant) => {
      const { counts, latency, refused } = of(tenant)
      const at = (share: number) => Math.round(latency.percentile(share))
      return {
        counts: { ...counts },
        refused: { ...refused },
        latency: { requests: latency.total, p50: at(0.5), p95: at(0.95), p99: at(0.99) }
      }
    }
  })
}

export const layer: Layer.Layer<BusTelemetry> = Layer.sync(BusTelemetry, make)
