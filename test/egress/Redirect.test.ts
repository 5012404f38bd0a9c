import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { effective } from "../../src/egress/EgressLimits.ts"
import { BadRequest, Denied, EgressError, outcomeOf, TimedOut, TooLarge } from "../../src/egress/EgressError.ts"
import { accept, answered, get, type Header } from "../../src/egress/Headers.ts"
import { decide, headersAfter } from "../../src/egress/Redirect.ts"
import { parse, show } from "../../src/egress/Target.ts"

const from = Result.getOrThrow(parse("https://a.example/x"))
const follow = (status: number, method: string, location: string | undefined = "/y") =>
  Result.getOrThrow(decide({ status, method, from, location }))

describe("Redirect", () => {
  it("303 and the old answers to POST become GET without the body; 307 and 308 change nothing", () => {
    const seen = (status: number, method: string) => {
      const next = follow(status, method)
      return `${next?.method}${next?.keepsBody === true ? " with body" : ""}`
    }
    assert.strictEqual(seen(301, "POST"), "GET")
    assert.strictEqual(seen(302, "POST"), "GET")
    assert.strictEqual(seen(303, "PUT"), "GET")
    assert.strictEqual(seen(303, "HEAD"), "HEAD with body")
    assert.strictEqual(seen(301, "PUT"), "PUT with body")
    for (const status of [307, 308]) assert.strictEqual(seen(status, "POST"), "POST with body")
  })

  it("only an answer with a Location and a status for it is a redirect", () => {
    for (const status of [200, 201, 300, 304, 305, 306, 404]) assert.isUndefined(follow(status, "GET"))
    assert.isUndefined(Result.getOrThrow(decide({ status: 302, method: "GET", from, location: undefined })))
  })

  it("another host, port or scheme is another origin", () => {
    assert.isFalse(follow(302, "GET", "https://A.example:443/z")?.crossOrigin)
    assert.isTrue(follow(302, "GET", "https://b.example/")?.crossOrigin)
    assert.isTrue(follow(302, "GET", "https://a.example:8443/")?.crossOrigin)
    const plain = Result.getOrThrow(parse("http://a.example/"))
    const up = Result.getOrThrow(decide({ status: 302, method: "GET", from: plain, location: "https://a.example/" }))
    assert.isTrue(up?.crossOrigin)
    assert.strictEqual(show(up!.target), "https://a.example/")
  })

  it("T21: from https to http, or to an odd address, is no way on", () => {
    for (const location of [
      "http://a.example/",
      "https://2130706433/",
      "gopher://a.example/",
      "https://[::ffff:127.0.0.1%25]/"
    ]) {
      assert.isTrue(Result.isFailure(decide({ status: 302, method: "GET", from, location })), location)
    }
  })

  const headers: ReadonlyArray<Header> = [
    ["authorization", "Bearer x"],
    ["cookie", "a=b"],
    ["x-api-key", "k"],
    ["x-custom", "MARK"],
    ["content-type", "text/plain"],
    ["accept", "*/*"]
  ]
  const names = (crossOrigin: boolean, keepsBody: boolean) =>
    headersAfter(headers, { target: from, method: "GET", crossOrigin, keepsBody }, (value) => value === "MARK").map(
      ([name]) => name
    )

  it("T22: credentials stay behind at the border of an origin, by name and by placeholder", () => {
    assert.deepStrictEqual(names(true, true), ["content-type", "accept"])
    assert.deepStrictEqual(names(true, false), ["accept"])
    assert.deepStrictEqual(
      names(false, true),
      headers.map(([name]) => name)
    )
    assert.notInclude(names(false, false), "content-type")
  })
})

describe("Headers", () => {
  const why = (headers: ReadonlyArray<Header>) => {
    const result = accept(headers)
    return Result.isFailure(result) ? result.failure : assert.fail("taken")
  }

  it("those that frame the message are ours; the others pass with names in lower case", () => {
    const given: ReadonlyArray<Header> = [
      ["Host", "evil.example"],
      ["Content-Length", "1"],
      ["Transfer-Encoding", "chunked"],
      ["X-A", " b "],
      ["Expect", "100-continue"]
    ]
    assert.deepStrictEqual(Result.getOrThrow(accept(given)), [["x-a", "b"]])
  })

  it("no header carries another one, and none repeats its value in an error", () => {
    for (const value of ["a\r\nhost: evil.example", "a\n", "a\0", "ü"]) assert.notInclude(why([["x", value]]), value)
    for (const name of ["", "a b", "a:", "a\n", "x".repeat(129)]) assert.match(why([[name, "v"]]), /name/)
  })

  it("T21: those that frame the message are ours also as a server writes them that makes variables of them", () => {
    const names = [
      "Content_Length",
      "transfer_encoding",
      "HOST",
      "Proxy-Authorization",
      "Proxy-Anything",
      "proxy_connection"
    ]
    assert.deepStrictEqual(Result.getOrThrow(accept(names.map((name): Header => [name, "1"]))), [])
    assert.deepStrictEqual(Result.getOrThrow(accept([["X_Mine", "1"]])), [["x_mine", "1"]])
  })

  it("T21: none makes another method, path or host of the one that was allowed", () => {
    for (const name of [
      "X-HTTP-Method-Override",
      "x_http_method_override",
      "X-Method-Override",
      "X-HTTP-Method",
      "X-Original-URL",
      "X-Rewrite-URL",
      "X-Forwarded-Host",
      "Forwarded"
    ]) {
      const told = why([[name, "DELETE"]])
      assert.include(told, `"${name}"`)
      assert.include(told, "another method or URL")
      assert.notInclude(told, "DELETE")
    }
  })

  it("they are limited in number and length", () => {
    assert.match(why(Array.from({ length: 65 }, (_, i): Header => [`x${i}`, ""])), /more than/)
    assert.match(why([["x", "v".repeat(16_384)]]), /longer/)
  })

  it("an answer's length is that of the body that the caller gets", () => {
    const raw: ReadonlyArray<Header> = [
      ["content-length", "9"],
      ["content-encoding", "gzip"],
      ["connection", "close"],
      ["x", "y"]
    ]
    assert.deepStrictEqual(answered(raw, 3), [
      ["x", "y"],
      ["content-length", "3"]
    ])
    assert.deepStrictEqual(answered(raw, undefined), [
      ["content-length", "9"],
      ["content-encoding", "gzip"],
      ["x", "y"]
    ])
    assert.strictEqual(get(raw, "x"), "y")
    assert.isUndefined(get(raw, "z"))
  })
})

describe("EgressLimits", () => {
  it("wishes are held within the ceilings", () => {
    assert.deepStrictEqual(effective(), { responseBytes: 1_048_576, timeoutMs: 30_000, idleMs: 10_000, redirects: 5 })
    const wishes = { responseBytes: 1e12, timeoutMs: Number.NaN, idleMs: -5, redirects: 2.9 }
    assert.deepStrictEqual(effective(wishes), { responseBytes: 16_777_216, timeoutMs: 30_000, idleMs: 0, redirects: 2 })
  })
})

describe("EgressError", () => {
  it("says what happened in one sentence, and in one word for the audit log", () => {
    const denied = new Denied({ kind: "address", host: "a.b", why: "x" })
    assert.strictEqual(outcomeOf(denied), "denied.address")
    assert.strictEqual(outcomeOf(new BadRequest({ why: "x" })), "bad_request")
    assert.strictEqual(new EgressError({ reason: denied }).message, "The request to a.b is denied: x.")
    assert.strictEqual(new Denied({ kind: "rule", host: "", why: "x" }).message, "The request is denied: x.")
    assert.match(new TimedOut({ waitingFor: "request", millis: 5 }).message, /longer than 5 ms/)
    assert.match(new TimedOut({ waitingFor: "body", millis: 5 }).message, /nothing for 5 ms/)
    assert.match(new TooLarge({ what: "request", limit: 5 }).message, /of the request may have 5/)
    assert.match(new TooLarge({ what: "headers", limit: 5 }).message, /answer's headers/)
  })
})
