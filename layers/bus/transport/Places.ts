/** How many connections tenants and principals have. */
import type { TenantId } from "../../../src/domain/Ids.ts"

export interface PlaceLimits {
  readonly maxConnectionsPerTenant: number
  readonly maxConnectionsPerPrincipal: number
}

export class Places {
  readonly #limits: PlaceLimits
  readonly #taken = new Map<string, number>()

  constructor(limits: PlaceLimits) {
    this.#limits = limits
  }

  /** Takes a place; false where there is none. */
  take(tenant: TenantId, principal: string): boolean {
    // a tenant's id holds no colon
    const own = `${tenant}:${principal}`
    const { maxConnectionsPerPrincipal, maxConnectionsPerTenant } = this.#limits
    if (this.#count(tenant) >= maxConnectionsPerTenant || this.#count(own) >= maxConnectionsPerPrincipal) return false
    this.#taken.set(tenant, this.#count(tenant) + 1)
    this.#taken.set(own, this.#count(own) + 1)
    return true
  }

  free(tenant: TenantId, principal: string): void {
    for (const key of [tenant, `${tenant}:${principal}`]) {
      const left = this.#count(key) - 1
      if (left > 0) this.#taken.set(key, left)
      else this.#taken.delete(key)
    }
  }

  #count(key: string): number {
    return this.#taken.get(key) ?? 0
  }
}
