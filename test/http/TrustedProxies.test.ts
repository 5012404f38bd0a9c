import { assert, describe, it } from "@effect/vitest"
import * as TrustedProxies from "../../layers/http/TrustedProxies.ts"

describe("TrustedProxies", () => {
  it("trusts listed addresses and networks in every spelling, and nobody else", () => {
    const isTrusted = TrustedProxies.make(["10.0.0.0/8", "192.0.2.1", "fd00::/8", "2001:db8::1"])
    for (const yes of ["10.1.2.3", "::ffff:10.1.2.3", "192.0.2.1", "fd12::9", "2001:DB8:0::1", "fd00::1%eth0"]) {
      assert.isTrue(isTrusted(yes), yes)
    }
    for (const no of ["11.0.0.1", "192.0.2.2", "fe80::1", "", "unknown"]) assert.isFalse(isTrusted(no), no)
  })

  it("an entry of another form trusts nobody", () => {
    const isTrusted = TrustedProxies.make(["", "example.com", "10.0.0.0/99", "10.0.0.0/x", "*"])
    for (const no of ["10.0.0.1", "127.0.0.1", "::1"]) assert.isFalse(isTrusted(no), no)
  })
})
