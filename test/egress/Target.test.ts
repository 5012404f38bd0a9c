import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as Result from "effect/Result"
import { hostHeader, origin, parse, requestTarget, resolve, show, type Target } from "../../src/egress/Target.ts"

const read = (url: string): Target => Result.getOrThrow(parse(url))
const why = (url: string): string => {
  const result = parse(url)
  return Result.isFailure(result) ? result.failure : assert.fail(`${url} was taken as ${show(result.success)}`)
}
const from = read("https://api.example.com/a/b?x=1")
const to = (location: string) => Result.map(resolve(from, location), show)

describe("Target", () => {
  it("reads scheme, host, port, path and query, and drops the fragment", () => {
    const target = read("HTTPS://API.Example.com:8443/a%7eb/./c/../d?x=%2F&y#z")
    assert.deepStrictEqual(target, {
      scheme: "https",
      host: "api.example.com",
      address: undefined,
      port: 8443,
      path: "/a~b/d",
      query: "x=%2F&y"
    })
    assert.strictEqual(hostHeader(target), "api.example.com:8443")
    assert.strictEqual(show(read("http://1.2.3.4")), "http://1.2.3.4/")
    assert.strictEqual(origin(read("https://[2606:4700::1]:443/")), "https://[2606:4700::1]")
    assert.strictEqual(read("https://example.com?q").path, "/")
    assert.strictEqual(read("https://example.com?").query, "")
    assert.strictEqual(read("https://xn--bcher-kva.example/").host, "xn--bcher-kva.example")
  })

  it("T21: a name that only begins like an address is a name", () => {
    assert.isUndefined(read("https://127.evil.example/").address)
    assert.isUndefined(read("https://127.0.0.1.example/").address)
  })

  it("refuses every other scheme, user names, odd hosts and ports", () => {
    for (const url of [
      "ftp://a.b/",
      "file:///etc/passwd",
      "//a.b/",
      "a.b",
      "",
      "https:/a.b",
      "javascript:1",
      "https:a.b"
    ]) {
      assert.strictEqual(why(url), "only http:// and https:// URLs are allowed", url)
    }
    assert.match(why("https://user@a.b/"), /user name/)
    assert.match(why("https://allowed.example:443@evil.example/"), /user name/)
    assert.match(why("https:///a"), /host is missing/)
    assert.match(why("https://:443/a"), /host is missing/)
    assert.match(why("https://a.b./"), /end with a dot/)
    assert.match(why("https://[fe80::1%25eth0]/"), /zone/)
    assert.match(why("https://[::1/"), /host and port/)
    assert.match(why("https://[::g]/"), /IPv6/)
    assert.match(why("https://[]/"), /IPv6/)
    assert.match(why("https://a.b:0/"), /port/)
    assert.match(why("https://a.b:65536/"), /port/)
    for (const port of ["x", "-1", "", "123456"]) assert.isString(why(`https://a.b:${port}x/`))
    for (const host of [
      "bücher.example",
      "１２７.0.0.1",
      "a_b..c",
      "-a.b",
      "a%2eb",
      "a b",
      "127。0。0。1",
      "a*b",
      "\u212A.example",
      "a".repeat(64)
    ]) {
      assert.match(why(`https://${host}/`), /not a name/, host)
    }
    assert.match(why(`https://${"a.".repeat(130)}b/`), /not a name/)
    assert.match(why("https://a.b/%zz"), /no escape/)
    assert.match(why("https://a.b\\@c.d/"), /backslash/)
    for (const char of ["\t", "\n", "\r", "\0"]) assert.match(why(`https://a${char}.b/`), /control/)
    assert.match(why(`https://a.b/${"a".repeat(9_000)}`), /longer/)
  })

  it("T21: no IPv4 address in an odd notation is a host", () => {
    const byte = fc.integer({ min: 0, max: 255 })
    const forms = fc.constantFrom(
      (n: number) => String(n),
      (n: number) => `0x${n.toString(16)}`,
      (n: number) => `0X${n.toString(16).toUpperCase()}`,
      (n: number) => `0${n.toString(8)}`,
      (n: number) => `000${n}`
    )
    fc.assert(
      fc.property(
        byte,
        byte,
        byte,
        byte,
        fc.array(forms, { minLength: 4, maxLength: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        (a, b, c, d, write, parts, dot) => {
          const values = [
            [a * 2 ** 24 + b * 2 ** 16 + c * 256 + d],
            [a, b * 2 ** 16 + c * 256 + d],
            [a, b, c * 256 + d],
            [a, b, c, d]
          ][parts - 1]!
          const host = `${values.map((value, index) => write[index]!(value)).join(".")}${dot ? "." : ""}`
          const result = parse(`http://${host}/`)
          // The canonical notation itself is an address, and never a name.
          if (host === `${a}.${b}.${c}.${d}`)
            assert.deepStrictEqual(Result.getOrThrow(result).address?.bytes, [a, b, c, d])
          else assert.isTrue(Result.isFailure(result), host)
        }
      )
    )
  })

  it("whatever is taken, the WHATWG parser reads the same host in it", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.webUrl({ withFragments: true, withQueryParameters: true }),
          fc.string().map((text) => `http://${text}`)
        ),
        (url) => {
          const result = parse(url)
          if (Result.isFailure(result)) return
          const other = new URL(url)
          assert.strictEqual(other.hostname.replace(/^\[|\]$/g, ""), result.success.host)
          assert.strictEqual(
            other.port === "" ? (other.protocol === "https:" ? 443 : 80) : Number(other.port),
            result.success.port
          )
        }
      )
    )
  })

  it("what is sent is ASCII without blanks, and means the same", () => {
    const target = read('https://a.b/ü x/{y}?q=é|`^<>"')
    assert.strictEqual(requestTarget(target), "/%C3%BC%20x/%7By%7D?q=%C3%A9%7C%60%5E%3C%3E%22")
    assert.strictEqual(requestTarget(read("https://a.b")), "/")
  })

  it("a Location is read from where it came, as RFC 3986 says", () => {
    const expected: ReadonlyArray<readonly [string, string]> = [
      ["https://other.example/x", "https://other.example/x"],
      ["//other.example/x", "https://other.example/x"],
      ["/x", "https://api.example.com/x"],
      ["../x", "https://api.example.com/x"],
      ["c?y", "https://api.example.com/a/c?y"],
      ["?y", "https://api.example.com/a/b?y"],
      ["", "https://api.example.com/a/b?x=1"],
      ["#f", "https://api.example.com/a/b?x=1"],
      [" /x y ", "https://api.example.com/x%20y"],
      ["/\xc3\xbc", "https://api.example.com/%C3%BC"]
    ]
    for (const [location, url] of expected) assert.deepStrictEqual(to(location), Result.succeed(url), location)
    for (const location of [
      "ftp://a/",
      "javascript:alert(1)",
      "http://0x7f.1/",
      "\\\\evil.example/",
      "//user@evil.example/"
    ]) {
      assert.isTrue(Result.isFailure(to(location)), location)
    }
  })
})
