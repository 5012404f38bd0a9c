import { assert, it } from "@effect/vitest"
import * as fc from "fast-check"
import { TenantId } from "../../src/domain/Ids.ts"
import * as Breaker from "../../src/sandbox/Breaker.ts"
import { after, type Breakers, ofPlugin, ofTenant, resting } from "../../src/sandbox/Breakers.ts"
import { PluginBreakers } from "../../layers/sandbox/PluginBreakers.ts"

const killed = Breaker.costOf("deadline", 5000)
const tenant = (name: number | string) => TenantId.make(`t${name}`)

it("T20: whatever one tenant does, a plugin does not rest for another one", () => {
  const calls = fc.array(
    fc.record({
      wait: fc.constantFrom(0, 1, 1000, 9_999, 30_000),
      worked: fc.constantFrom(0, 100, 60_000, 3_600_000),
      kind: fc.constantFrom("deadline" as const, "crashed" as const, "trap" as const, undefined)
    }),
    { maxLength: 300 }
  )
  fc.assert(
    fc.property(calls, (all) => {
      let breakers: Breakers = { tenant: Breaker.working, plugin: Breaker.working }
      let now = 1_000_000
      for (const { kind, wait, worked } of all) {
        now += wait
        breakers = after(breakers, Breaker.costOf(kind, worked), now)
        assert.isUndefined(resting({ ...breakers, tenant: Breaker.working }, now))
      }
    })
  )
})

it("T20: many tenants together make a plugin rest for all, however few each of them costs", () => {
  const breakers = new PluginBreakers()
  for (let count = 0; count <= ofPlugin.killed; count++) {
    assert.isUndefined(breakers.resting(tenant("new"), 0), `${count}`)
    breakers.after(tenant(count), killed, 0)
  }
  assert.strictEqual(breakers.resting(tenant("new"), 0)?.because, "killed")
  assert.isUndefined(breakers.resting(tenant("new"), Breaker.REST_MS))
})

it("T20: many tenants together use no more than a plugin's share of the machine", () => {
  const breakers = new PluginBreakers()
  const busy = Breaker.costOf(undefined, ofTenant.burstMs)
  for (let count = 0; count < ofPlugin.burstMs / ofTenant.burstMs; count++) breakers.after(tenant(count), busy, 0)
  assert.isUndefined(breakers.resting(tenant("new"), 0))
  breakers.after(tenant("more"), busy, 0)
  assert.strictEqual(breakers.resting(tenant("new"), 0)?.because, "worked")
})

it("T28: remembers so many tenants and no more, and forgets one that rests last", () => {
  const breakers = new PluginBreakers()
  for (let count = 0; count < ofTenant.failures; count++) breakers.after(tenant("tired"), killed, 0)
  for (let count = 0; count < 3000; count++) breakers.after(tenant(count), Breaker.costOf(undefined, 1_000_000), 1)
  assert.isAtMost(breakers.size, 1000)
  const well = Breaker.costOf(undefined, 1)
  const again = new PluginBreakers()
  for (let count = 0; count < ofTenant.failures; count++) again.after(tenant("tired"), killed, 0)
  for (let count = 0; count < 3000; count++) again.after(tenant(count), well, 1 + count)
  assert.isAtMost(again.size, 1000)
  assert.strictEqual(again.resting(tenant("tired"), 4000)?.because, "killed")
})
