/** Token buckets in bounded memory. A bucket that has refilled is forgotten; when none has, new keys share one. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as RateLimit from "../../src/gateway/RateLimit.ts"

export interface Options {
  readonly policies?: { readonly [S in RateLimit.RateScope]?: RateLimit.RatePolicy } | undefined
  /** Keys remembered per scope. */
  readonly maxKeys?: number | undefined
}

/** Sustained and burst rates that no person and no fair program reaches. */
export const defaultPolicies: { readonly [S in RateLimit.RateScope]: RateLimit.RatePolicy } = {
  address: { perSecond: 2_000, burst: 4_000 },
  tenant: { perSecond: 1_000_000, burst: 2_000_000 },
  principal: { perSecond: 2_000, burst: 4_000 },
  connection: { perSecond: 1_000, burst: 2_000 }
}

const scopes = ["address", "tenant", "principal", "connection"] as const
const sharedKey = "*"

/** One scope's buckets. */
class Buckets {
  readonly policy: RateLimit.RatePolicy
  readonly maxKeys: number
  readonly #buckets = new Map<string, RateLimit.Bucket>()
  #sweptAt = -Infinity

  constructor(policy: RateLimit.RatePolicy, maxKeys: number) {
    this.policy = policy
    this.maxKeys = maxKeys
  }

  /** The key to count under and its bucket, refilled to `now`. */
  at(key: string, now: number): { readonly key: string; readonly bucket: RateLimit.Bucket } {
    if (!this.#buckets.has(key) && this.#buckets.size >= this.maxKeys) this.#forgetFull(now)
    const counted = this.#buckets.has(key) || this.#buckets.size < this.maxKeys ? key : sharedKey
    const bucket = this.#buckets.get(counted) ?? RateLimit.full(this.policy, now)
    return { key: counted, bucket: RateLimit.refill(bucket, this.policy, now) }
  }

  pay(key: string, bucket: RateLimit.Bucket, cost: number): void {
    this.#buckets.set(key, { tokens: bucket.tokens - cost, at: bucket.at })
  }

  forget(key: string): void {
    this.#buckets.delete(key)
  }

  #forgetFull(now: number): void {
    // at most once a second: a flood of new keys must not make every message walk the table
    if (now - this.#sweptAt < 1_000) return
    this.#sweptAt = now
    for (const [key, bucket] of this.#buckets) {
      if (RateLimit.refill(bucket, this.policy, now).tokens >= this.policy.burst) this.#buckets.delete(key)
    }
  }
}

/** With other rates than the default. */
export const layerWith = (options: Options): Layer.Layer<RateLimit.RateLimit> =>
  Layer.effect(
    RateLimit.RateLimit,
    Effect.map(Clock.Clock, (clock) => {
      const policies = { ...defaultPolicies, ...options.policies }
      const maxKeys = options.maxKeys ?? 50_000
      const tables = {
        address: new Buckets(policies.address, maxKeys),
        tenant: new Buckets(policies.tenant, maxKeys),
        principal: new Buckets(policies.principal, maxKeys),
        connection: new Buckets(policies.connection, maxKeys)
      }
      return {
        take: (keys, cost = 1) => {
          const now = Number(clock.monotonicTimeNanosUnsafe() / 1_000n) / 1_000
          let wait = 0
          const due: Array<() => void> = []
          for (const scope of scopes) {
            const key = keys[scope]
            if (key === undefined) continue
            const table = tables[scope]
            const at = table.at(key, now)
            wait = Math.max(wait, RateLimit.waitMillis(at.bucket, table.policy, cost))
            due.push(() => table.pay(at.key, at.bucket, cost))
          }
          if (wait === 0) for (const pay of due) pay()
          return wait
        },
        release: (connection) => tables.connection.forget(connection)
      }
    })
  )

export const layer: Layer.Layer<RateLimit.RateLimit> = layerWith({})
