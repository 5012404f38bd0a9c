import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { accountingKey, canonical, client, isLoopback } from "../../src/gateway/ClientAddress.ts"

describe("ClientAddress", () => {
  it("knows one address in all its spellings", () => {
    assert.strictEqual(canonical("::FFFF:10.0.0.1"), "10.0.0.1")
    assert.strictEqual(canonical("FE80::1%eth0"), "fe80::1")
    assert.strictEqual(canonical(""), "")
  })

  it("T5: counts an IPv4 address by itself and IPv6 addresses by their /64", () => {
    assert.strictEqual(accountingKey("10.0.0.1"), "10.0.0.1")
    assert.strictEqual(accountingKey("::ffff:10.0.0.1"), "10.0.0.1")
    const key = accountingKey("2001:db8:0:1::1")
    for (const same of ["2001:db8:0:1:ffff:1:2:3", "2001:0db8:0000:0001::", "2001:DB8:0:1:0:0:0:9"]) {
      assert.strictEqual(accountingKey(same), key, same)
    }
    assert.notStrictEqual(accountingKey("2001:db8:0:2::1"), key)
    assert.strictEqual(accountingKey("::1"), accountingKey("::2"))
    assert.strictEqual(accountingKey("::"), accountingKey("0:0:0:0:0:0:0:1"))
  })

  it("tells loopback from names and addresses that look like it", () => {
    for (const yes of ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]) assert.isTrue(isLoopback(yes), yes)
    for (const no of ["127.evil.example", "10.0.0.1", "::2", "", "128.0.0.1"]) assert.isFalse(isLoopback(no), no)
  })

  it("believes a forwarded address only from a trusted proxy, and only the nearest untrusted one", () => {
    const proxies = (address: string) => address === "10.0.0.1" || address === "10.0.0.2"
    assert.strictEqual(client("::ffff:10.0.0.1", "6.6.6.6, 198.51.100.7", proxies), "198.51.100.7")
    assert.strictEqual(client("10.0.0.1", "198.51.100.7, 10.0.0.2", proxies), "198.51.100.7")
    assert.strictEqual(client("10.0.0.1", undefined, proxies), "10.0.0.1")
    assert.strictEqual(client("10.0.0.1", "10.0.0.2", proxies), "10.0.0.2")
    assert.strictEqual(client("203.0.113.9", "198.51.100.7", proxies), "203.0.113.9")
    assert.strictEqual(
      client("203.0.113.9", "198.51.100.7", () => false),
      "203.0.113.9"
    )
  })

  it("T5: stops at a forwarded value that is no address", () => {
    for (const bad of ["unknown", "", "x".repeat(1_000), "1.2.3.4:99x", "<script>"]) {
      assert.strictEqual(
        client("10.0.0.1", bad, () => true),
        "10.0.0.1",
        bad
      )
    }
  })

  it("never throws and gives one short key, whatever stands in the header", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (peer, header) => {
        const address = client("10.0.0.1", header, (one) => one === "10.0.0.1")
        return address.length <= 45 && accountingKey(address).length <= 64 && typeof accountingKey(peer) === "string"
      })
    )
  })
})
