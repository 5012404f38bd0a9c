import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { type HttpRule, mismatch, opens, show } from "../../src/egress/HttpRule.ts"
import { parse as parseAddress } from "../../src/egress/IpAddress.ts"
import { isAmbiguous, isBelow, normalise } from "../../src/egress/Path.ts"
import { parse } from "../../src/egress/Target.ts"

const target = (url: string) => Result.getOrThrow(parse(url))
const check = (rule: HttpRule, url: string, method = "GET") => mismatch([rule], target(url), method)

describe("HttpRule", () => {
  it("a bare host is https at port 443 and nothing else", () => {
    const rule = { host: "API.example.com" }
    assert.isUndefined(check(rule, "https://api.example.com/"))
    assert.strictEqual(check(rule, "http://api.example.com/"), "port")
    assert.strictEqual(check(rule, "https://api.example.com:8443/"), "port")
    assert.strictEqual(check(rule, "http://api.example.com:443/"), "port")
  })

  it("T21: a host is itself: no suffix, no prefix, no subdomain, no address that merely begins like it", () => {
    const rule = { host: "example.com" }
    for (const host of [
      "a.example.com",
      "example.com.evil.example",
      "evilexample.com",
      "example.co",
      "127.example.com"
    ]) {
      assert.strictEqual(check(rule, `https://${host}/`), "host", host)
    }
    assert.strictEqual(check({ host: "127.0.0.1" }, "https://127.evil.example/"), "host")
  })

  it("plain http is for a port that the rule names, other than 443", () => {
    assert.isUndefined(check({ host: "a.b", port: 80 }, "http://a.b/"))
    assert.isUndefined(check({ host: "a.b", port: 8080 }, "https://a.b:8080/"))
    assert.strictEqual(check({ host: "a.b", port: 443 }, "http://a.b:443/"), "port")
    assert.strictEqual(check({ host: "a.b", port: 80 }, "https://a.b/"), "port")
  })

  it("addresses are compared as addresses", () => {
    assert.isUndefined(check({ host: "[2606:4700:0::1]" }, "https://[2606:4700::0001]/"))
    assert.strictEqual(check({ host: "[2606:4700::1]" }, "https://[2606:4700::2]/"), "host")
    assert.strictEqual(check({ host: "1.2.3.4" }, "https://[::ffff:1.2.3.4]/"), "host")
  })

  it("the nearest thing that is missing is named", () => {
    const rule = { host: "a.b", port: 8080, path: "/v1", methods: ["GET"] }
    assert.strictEqual(check(rule, "http://a.b:8080/v2"), "path")
    assert.strictEqual(check(rule, "http://a.b:8080/v1/x", "POST"), "method")
    assert.isUndefined(check(rule, "http://a.b:8080/v1/x"))
    assert.strictEqual(mismatch([], target("https://a.b/"), "GET"), "host")
    assert.isUndefined(
      mismatch(
        [
          { host: "a.b", methods: ["GET"] },
          { host: "a.b", path: "/x" }
        ],
        target("https://a.b/x"),
        "PUT"
      )
    )
    assert.strictEqual(mismatch([{ host: "a.b", methods: ["GET"] }], target("https://a.b/"), "HEAD"), "method")
  })

  it("an address that is not public is opened by a rule that names it, for what that rule allows alone", () => {
    const address = parseAddress("10.0.0.1")!
    const url = target("http://nas.example:8080/x")
    const rules: ReadonlyArray<HttpRule> = [{ host: "nas.example", port: 8080 }]
    assert.isFalse(opens(rules, address, url, "GET"))
    assert.isTrue(opens([...rules, { host: "10.0.0.1", port: 8080 }], address, url, "GET"))
    assert.isFalse(opens([...rules, { host: "10.0.0.1", port: 8081 }], address, url, "GET"))
    assert.isFalse(opens([...rules, { host: "10.0.0.1", port: 8080, path: "/y" }], address, url, "GET"))
    assert.isFalse(opens([...rules, { host: "10.0.0.1", port: 8080, methods: ["POST"] }], address, url, "GET"))
    assert.isFalse(opens([...rules, { host: "10.0.0.2", port: 8080 }], address, url, "GET"))
  })

  it("is shown as it would be granted", () => {
    assert.strictEqual(show({ host: "a.b" }), "http:a.b")
    assert.strictEqual(show({ host: "[::1]", port: 1, path: "/x" }), "http:[::1]:1/x")
  })
})

describe("Path", () => {
  it("is compared by whole segments after normalisation", () => {
    const below: ReadonlyArray<readonly [string, string]> = [
      ["/api", "/api"],
      ["/api", "/api/"],
      ["/api", "/api/x"],
      ["/api/", "/api/x"],
      ["/", "/anything"],
      ["/%61pi", "/api/x"],
      ["/a%2fb", "/a%2Fb/c"],
      ["/v4", "/v4/projects/group%2Fproject"]
    ]
    for (const [prefix, path] of below) assert.isTrue(isBelow(prefix, normalise(path) ?? ""), `${prefix} ${path}`)
    const outside: ReadonlyArray<readonly [string, string]> = [
      ["/api", "/apis"],
      ["/api/", "/api"],
      ["/api", "//api"],
      ["/api", "/API"],
      ["/api", "/api/../admin"],
      ["/api", "/api/%2e%2e/admin"],
      ["/api", "/x/../api2"],
      ["/%", "/%25"]
    ]
    for (const [prefix, path] of outside) assert.isFalse(isBelow(prefix, normalise(path) ?? ""), `${prefix} ${path}`)
  })

  it("T21: no prefix holds a path that some server might read as leading out of it", () => {
    const ways = [
      "..%2fadmin",
      "%2e%2e%2fadmin",
      "%252e%252e%252fadmin",
      "..;/admin",
      "..;x=1/admin",
      "..%5cadmin",
      "x%00",
      ".%2e"
    ]
    for (const way of [...ways, "%252e%252e/admin", "%25252e%25252e/admin", "x%0d%0ay", "%7f"]) {
      const path = normalise(`/api/${way}`)!
      assert.isFalse(isBelow("/api", path), path)
    }
    assert.isFalse(isAmbiguous("/api/a%2Fb/%C3%80/..."))
  })

  it("is normalised as RFC 3986 says, twice as once", () => {
    assert.strictEqual(normalise("/a/./b/../../c/%7e%2f%c3"), "/c/~%2F%C3")
    assert.strictEqual(normalise("/../.."), "/")
    assert.strictEqual(normalise("/a/.."), "/")
    assert.strictEqual(normalise("/a/."), "/a/")
    assert.strictEqual(normalise("/a//b"), "/a//b")
    assert.isUndefined(normalise("/%"))
    assert.isUndefined(normalise("/%g0"))
  })
})
