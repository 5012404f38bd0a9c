/** The breakers of one plugin, by tenant. */
import type { TenantId } from "../../src/domain/Ids.ts"
import * as Breaker from "../../src/sandbox/Breaker.ts"
import * as Breakers from "../../src/sandbox/Breakers.ts"

/** Tenants that are remembered; of more, those that rest longest. */
const TENANTS = 1000

export class PluginBreakers {
  readonly #tenants = new Map<TenantId, Breaker.Breaker>()
  #plugin = Breaker.working

  /** How many tenants are remembered. */
  get size(): number {
    return this.#tenants.size
  }

  #of(tenant: TenantId): Breakers.Breakers {
    return { tenant: this.#tenants.get(tenant) ?? Breaker.working, plugin: this.#plugin }
  }

  /** Why no call of that tenant may run now; undefined where one may. */
  resting(tenant: TenantId, now: number): Breaker.Breaker | undefined {
    return Breakers.resting(this.#of(tenant), now)
  }

  after(tenant: TenantId, cost: Breaker.Cost, now: number): void {
    const next = Breakers.after(this.#of(tenant), cost, now)
    this.#plugin = next.plugin
    if (this.#tenants.size >= TENANTS && !this.#tenants.has(tenant)) this.#forget(now)
    this.#tenants.set(tenant, next.tenant)
  }

  #forget(now: number): void {
    for (const [tenant, breaker] of this.#tenants) {
      if (Breaker.isRested(breaker, now, Breakers.ofTenant)) this.#tenants.delete(tenant)
    }
    const [least] = [...this.#tenants].toSorted(([, a], [, b]) => a.restsUntil - b.restsUntil)
    if (this.#tenants.size >= TENANTS && least !== undefined) this.#tenants.delete(least[0])
  }
}
