/**
 * One tenant's breaker of a plugin beside the one of all tenants together. What a tenant costs beyond its own bounds it
 * rests for itself and is not counted again for all, so nobody's misuse alone makes a plugin rest for others. Pure.
 */
import * as Breaker from "./Breaker.ts"

/** For one tenant. */
export const ofTenant: Breaker.Bounds = { failures: 5, killed: 8, share: 0.5, burstMs: 60_000 }
/** For all tenants: how fast processes are started anew for one plugin, and how much of the machine it gets. */
export const ofPlugin: Breaker.Bounds = { failures: Infinity, killed: 20, share: 1, burstMs: 180_000 }

export interface Breakers {
  readonly tenant: Breaker.Breaker
  readonly plugin: Breaker.Breaker
}

/** The one that stands in the way of a call for longest; undefined where the call may run. */
export const resting = ({ plugin, tenant }: Breakers, now: number): Breaker.Breaker | undefined => {
  const longest = tenant.restsUntil >= plugin.restsUntil ? tenant : plugin
  return Breaker.rest(longest, now) === 0 ? undefined : longest
}

/** Of what the tenant's state grew by, the part within its own bound. */
const within = (bound: number, before: number, after: number): number =>
  Math.min(after, bound) - Math.min(before, bound)

/** After a call of that tenant. */
export const after = ({ plugin, tenant }: Breakers, cost: Breaker.Cost, now: number): Breakers => {
  const before = Breaker.forgiven(tenant, now, ofTenant)
  const next = Breaker.after(tenant, cost, now, ofTenant)
  const counted: Breaker.Cost = {
    ...cost,
    killed: within(ofTenant.killed + 1, before.killed, next.killed),
    workedMs: within(ofTenant.burstMs, before.worked, next.worked)
  }
  return { tenant: next, plugin: Breaker.after(plugin, counted, now, ofPlugin) }
}
