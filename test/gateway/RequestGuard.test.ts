import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { decide, type GuardInput, type GuardRules } from "../../src/gateway/RequestGuard.ts"

const rules: GuardRules = { port: 7200, tls: false, allowedHosts: [], allowedOrigins: [] }
const ask = (host: string, origin?: string, more?: Partial<GuardRules>, localAddress?: string) =>
  decide({ ...rules, ...more }, { hosts: [host], origins: origin === undefined ? [] : [origin], localAddress })

describe("RequestGuard", () => {
  it("takes loopback names and addresses with the listener's own port, in any case", () => {
    for (const host of ["127.0.0.1:7200", "localhost:7200", "LocalHost:7200", "[::1]:7200", "127.9.8.7:7200"]) {
      assert.strictEqual(ask(host), "ok", host)
    }
  })

  it("T1: refuses every name a stranger's DNS could point at us", () => {
    const hosts = [
      "evil.example",
      "evil.example:7200",
      "127.0.0.1.evil.example:7200",
      "127.evil.example:7200",
      "localhost.evil.example:7200",
      "localhost.:7200",
      "xlocalhost:7200",
      "127.1:7200",
      "2130706433:7200",
      "0x7f.0.0.1:7200",
      "0.0.0.0:7200",
      "[::]:7200",
      "[::ffff:127.0.0.1]:7200",
      "::1:7200",
      "evil@localhost:7200",
      "localhost:7200@evil.example",
      "localhost:7200/x",
      "localhost:7200, evil.example",
      " localhost:7200",
      "localhost",
      "localhost:",
      "localhost:80",
      "localhost:72000",
      "localhost:07200x",
      ""
    ]
    for (const host of hosts) assert.strictEqual(ask(host), "host_not_allowed", host)
  })

  it("T1: needs exactly one Host", () => {
    assert.strictEqual(decide(rules, { hosts: [], origins: [] }), "host_missing")
    assert.strictEqual(decide(rules, { hosts: ["localhost:7200", "evil.example"], origins: [] }), "host_missing")
  })

  it("takes configured hosts, with any port or with the one they name", () => {
    const allowedHosts = ["Claw.Example", "other.example:8443"]
    assert.strictEqual(ask("claw.example", undefined, { allowedHosts }), "ok")
    assert.strictEqual(ask("CLAW.example:9", undefined, { allowedHosts }), "ok")
    assert.strictEqual(ask("other.example:8443", undefined, { allowedHosts }), "ok")
    assert.strictEqual(ask("other.example", undefined, { allowedHosts }), "host_not_allowed")
    assert.strictEqual(ask("sub.claw.example", undefined, { allowedHosts }), "host_not_allowed")
  })

  it("takes the address a connection arrived at, which no DNS can rebind, and no other", () => {
    assert.strictEqual(ask("192.168.1.5:7200", undefined, {}, "192.168.1.5"), "ok")
    assert.strictEqual(ask("[fd00::5]:7200", undefined, {}, "fd00::5"), "ok")
    assert.strictEqual(ask("192.168.1.6:7200", undefined, {}, "192.168.1.5"), "host_not_allowed")
    assert.strictEqual(ask("192.168.1.5:80", undefined, {}, "192.168.1.5"), "host_not_allowed")
  })

  it("knows the default port of its scheme", () => {
    assert.strictEqual(ask("localhost", undefined, { port: 80 }), "ok")
    assert.strictEqual(ask("localhost", undefined, { port: 443, tls: true }), "ok")
    assert.strictEqual(ask("localhost", "https://localhost", { port: 443, tls: true }), "ok")
    assert.strictEqual(ask("localhost", undefined, { port: 443 }), "host_not_allowed")
  })

  it("takes no Origin, and the origin of the listener's own loopback page", () => {
    assert.strictEqual(ask("localhost:7200"), "ok")
    assert.strictEqual(ask("localhost:7200", "http://localhost:7200"), "ok")
    assert.strictEqual(ask("[::1]:7200", "http://[::1]:7200"), "ok")
  })

  it("T1: refuses foreign, opaque and look-alike origins", () => {
    const origins = [
      "null",
      "",
      "https://evil.example",
      "http://localhost",
      "http://localhost:7201",
      "https://localhost:7200",
      "http://127.0.0.1:7200",
      "http://localhost:7200.evil.example",
      "http://localhost:7200/",
      "http://evil@localhost:7200",
      "file://",
      "chrome-extension://abc",
      "localhost:7200"
    ]
    for (const origin of origins) assert.strictEqual(ask("localhost:7200", origin), "origin_not_allowed", origin)
    const twice: GuardInput = { hosts: ["localhost:7200"], origins: ["http://localhost:7200", "https://evil.example"] }
    assert.strictEqual(decide(rules, twice), "origin_not_allowed")
  })

  it("T1: a configured host does not make its own pages trusted; a configured origin does", () => {
    const allowedHosts = ["claw.example"]
    assert.strictEqual(ask("claw.example", "http://claw.example", { allowedHosts }), "origin_not_allowed")
    const allowedOrigins = ["https://App.example", "null"]
    assert.strictEqual(ask("claw.example", "https://app.example", { allowedHosts, allowedOrigins }), "ok")
    assert.strictEqual(ask("claw.example", "null", { allowedHosts, allowedOrigins }), "origin_not_allowed")
  })

  it("T1: lets no arbitrary host or origin pass", () => {
    fc.assert(
      fc.property(fc.oneof(fc.domain(), fc.string(), fc.ipV4(), fc.webAuthority()), (host) => {
        const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i.test(host)
        return isLoopback || ask(`${host}:7200`) !== "ok"
      })
    )
    fc.assert(fc.property(fc.webUrl(), (origin) => ask("localhost:7200", origin) === "origin_not_allowed"))
  })
})
