/** Counts by tenant, for `system:telemetry` and for Prometheus. Whatever goes wrong here stays here. */
import * as Layer from "effect/Layer"
import type { BusErrorReason } from "../../../src/bus/BusError.ts"
import { BusTelemetry, type Counted, type Snapshot } from "../../../src/bus/telemetry/BusTelemetry.ts"
import { Latency } from "../../../src/bus/telemetry/Latency.ts"
import type { TenantId } from "../../../src/domain/Ids.ts"
import * as Metrics from "../../../src/domain/Metrics.ts"
import { beyond, type Series } from "../../../src/domain/Series.ts"

/** Tenants that are counted apart; the rest together, and only in the metrics. */
const mostTenants = 10_000

const million = 1_000_000

/** The series of what requests of one kind took. */
const histogramOf = (latency: Latency): unknown => {
  const { least, most, sum } = latency.span
  return {
    buckets: Metrics.busLatencyBounds.map((bound) => [bound, latency.within(Math.round(Math.log2(bound * million)))]),
    count: latency.total,
    min: least / million,
    max: most / million,
    sum: sum / million
  }
}

/**
 * One number. A message is counted several times on its way: the metrics read what stands here, and are told nothing,
 * but where there are too many series.
 */
class Count {
  total = 0
  readonly #record: ((by: number) => void) | undefined

  constructor(series: Series<string>, labels: Readonly<Record<string, string>>) {
    const isRead = series.source(labels, () => ({ count: this.total, incremental: true }))
    this.#record = isRead ? undefined : (by) => series.recordUnsafe(labels, by)
  }

  add(by: number): void {
    this.total += by
    this.#record?.(by)
  }
}

/** What requests of one kind took. */
class Times {
  readonly latency = new Latency()
  readonly #record: ((seconds: number) => void) | undefined

  constructor(labels: Readonly<Record<"tenant" | "request", string>>) {
    const isRead = Metrics.busLatency.source(labels, () => histogramOf(this.latency))
    this.#record = isRead ? undefined : (seconds) => Metrics.busLatency.recordUnsafe(labels, seconds)
  }

  add(micros: number): void {
    this.latency.record(micros)
    this.#record?.(micros / million)
  }
}

/** One tenant's numbers since the start. */
class TenantNumbers {
  readonly #tenant: string
  readonly counts = new Map<Counted, Count>()
  readonly refused = new Map<BusErrorReason, Count>()
  readonly latency = new Latency()
  readonly #requests = new Map<string, Times>()

  constructor(tenant: string) {
    this.#tenant = tenant
  }

  count(event: Counted, by: number): void {
    const known = this.counts.get(event)
    if (known !== undefined) return known.add(by)
    const made = new Count(Metrics.busEvents, { tenant: this.#tenant, event })
    this.counts.set(event, made)
    made.add(by)
  }

  refuse(code: BusErrorReason): void {
    const known = this.refused.get(code) ?? new Count(Metrics.busRefused, { tenant: this.#tenant, code })
    this.refused.set(code, known)
    known.add(1)
  }

  took(request: string, micros: number): void {
    this.latency.record(micros)
    const known = this.#requests.get(request) ?? new Times({ tenant: this.#tenant, request })
    this.#requests.set(request, known)
    known.add(micros)
  }
}

const totals = <K extends string>(counts: ReadonlyMap<K, Count>): Partial<Record<K, number>> => {
  const told: Partial<Record<K, number>> = {}
  for (const [key, { total }] of counts) told[key] = total
  return told
}

const none: Snapshot = { counts: {}, refused: {}, latency: { requests: 0, p50: 0, p95: 0, p99: 0 } }

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
      let snapshot = none
      quietly(() => {
        snapshot = inner.snapshot(tenant)
      })
      return snapshot
    }
  }
}

export const make = (): BusTelemetry["Service"] => {
  const tenants = new Map<TenantId, TenantNumbers>()
  const rest = new TenantNumbers(beyond)
  const of = (tenant: TenantId): TenantNumbers => {
    const known = tenants.get(tenant)
    if (known !== undefined) return known
    if (tenants.size >= mostTenants) return rest
    const fresh = new TenantNumbers(tenant)
    tenants.set(tenant, fresh)
    return fresh
  }
  return guarded({
    count: (what, tenant, by = 1) => of(tenant).count(what, by),
    refused: (reason, tenant) => {
      // who never said who it is belongs to nobody
      if (tenant === undefined) Metrics.busRefused.recordUnsafe({ tenant: "", code: reason }, 1)
      else of(tenant).refuse(reason)
    },
    handled: (request, tenant, micros) => of(tenant).took(request, micros),
    snapshot: (tenant) => {
      const known = tenants.get(tenant)
      if (known === undefined) return none
      const { counts, latency, refused } = known
      const at = (share: number) => Math.round(latency.percentile(share))
      return {
        counts: totals(counts),
        refused: totals(refused),
        latency: { requests: latency.total, p50: at(0.5), p95: at(0.95), p99: at(0.99) }
      }
    }
  })
}

export const layer: Layer.Layer<BusTelemetry> = Layer.sync(BusTelemetry, make)
