import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { endpoint } from "../../layers/model/Endpoint.ts"
import { ofNoResponse, ofStatus, retryAfterMs } from "../../layers/model/Failure.ts"
import { leaks } from "../support/canary.ts"
import { pricesWith } from "../../src/model/Prices.ts"

const key = Redacted.make("sk-ant-canary-0123456789")
const of = (status: number, body = "") => ofStatus("anthropic", status, { body, key })

describe("a refusal", () => {
  it("has the kind its status means, and says whether another attempt may help", () => {
    const kinds = [400, 401, 402, 403, 404, 408, 413, 422, 429, 500, 502, 503, 504, 529, 301].map((status) => {
      const { kind, retryable, unused } = of(status)
      return [status, kind, retryable, unused] as const
    })
    assert.deepStrictEqual(kinds, [
      [400, "invalid_request", false, true],
      [401, "authentication", false, true],
      [402, "refused", false, true],
      [403, "authentication", false, true],
      [404, "invalid_request", false, true],
      [408, "timeout", true, false],
      [413, "invalid_request", false, true],
      [422, "invalid_request", false, true],
      [429, "rate_limited", true, true],
      [500, "overloaded", true, true],
      [502, "overloaded", true, false],
      [503, "overloaded", true, true],
      [504, "timeout", true, false],
      [529, "overloaded", true, true],
      [301, "protocol", false, true]
    ])
  })

  it("is final where the account has no credit, though the status says rate limit", () => {
    const error = of(429, '{"error":{"code":"insufficient_quota"}}')
    assert.strictEqual(error.kind, "refused")
    assert.isFalse(error.retryable)
  })

  it("T31: keeps the vendor's words from peers, and keys from everybody", () => {
    const body = 'internal-host-7 says: bad key sk-ant-canary-0123456789, "Bearer abcdef" \u001b[31m\n'.repeat(50)
    for (const status of [400, 401, 429, 500]) {
      const error = of(status, body)
      assert.notInclude(error.message, "internal-host")
      assert.include(error.detail ?? "", "internal-host")
      assert.isAtMost((error.detail ?? "").length, 500)
      for (const leak of ["canary", "abcdef", "\u001b", "\n"]) assert.notInclude(error.detail ?? "", leak)
    }
  })

  it("T30: keeps the key from logs in every encoding, in part, and cut where it must be cut", () => {
    const plain = "k3y-Zq81Lw0PmXe7Tb4Vn9Rs2Gd6"
    const own = Redacted.make(plain)
    const forms = [
      plain,
      Buffer.from(plain).toString("base64"),
      Buffer.from(`a${plain}`).toString("base64url"),
      Buffer.from(plain).toString("hex"),
      encodeURIComponent(plain),
      plain.slice(3, 14)
    ]
    const seen =
      ofStatus("anthropic", 401, { body: `{"message": "wrong: ${forms.join(" or ")}"}`, key: own }).detail ?? ""
    assert.deepStrictEqual(leaks(plain, seen), [])
    assert.include(seen, "wrong: [key] or")
    const secret = "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"
    const long = ofStatus("anthropic", 400, { body: `${"word ".repeat(96)}${secret} and more`, key: own }).detail ?? ""
    assert.isFalse(long.includes(secret.slice(0, 6)))
    assert.isAbove(long.length, 480)
  })

  it("says when to come back, by every header a vendor uses", () => {
    const now = Date.parse("2026-01-01T00:00:00Z")
    assert.strictEqual(retryAfterMs({ "retry-after": "7" }, now), 7_000)
    assert.strictEqual(retryAfterMs({ "retry-after-ms": "250", "retry-after": "7" }, now), 250)
    assert.strictEqual(retryAfterMs({ "retry-after": "Thu, 01 Jan 2026 00:00:30 GMT" }, now), 30_000)
    assert.strictEqual(retryAfterMs({ "retry-after": "Thu, 01 Jan 2025 00:00:30 GMT" }, now), 0)
    const day = 86_400_000
    for (const absurd of ["1e300", "99999999999999"])
      assert.strictEqual(retryAfterMs({ "retry-after-ms": absurd }, now), day, absurd)
    for (const absurd of ["9".repeat(30), "Fri, 31 Dec 9999 23:59:59 GMT"])
      assert.strictEqual(retryAfterMs({ "retry-after": absurd }, now), day, absurd)
    for (const bad of ["soon", "-5", "", "1e9999"]) assert.isUndefined(retryAfterMs({ "retry-after": bad }, now), bad)
  })

  it("is certain to have cost nothing only where the request was never sent", () => {
    assert.isTrue(ofNoResponse("x", { _tag: "NoResponse", sent: false, timedOut: false, code: "ECONNREFUSED" }).unused)
    assert.isFalse(ofNoResponse("x", { _tag: "NoResponse", sent: true, timedOut: false, code: "ECONNRESET" }).unused)
    assert.strictEqual(
      ofNoResponse("x", { _tag: "NoResponse", sent: true, timedOut: true, code: "ETIMEDOUT" }).kind,
      "timeout"
    )
  })
})

describe("a base URL", () => {
  const at = (base: string, path = "/v1/chat/completions") =>
    Effect.map(endpoint("openai", base, path), (url) => url.href)

  it.effect("gets the wire's path behind it, once", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* at("https://api.openai.com/v1"), "https://api.openai.com/v1/chat/completions")
      assert.strictEqual(yield* at("https://api.openai.com"), "https://api.openai.com/v1/chat/completions")
      assert.strictEqual(yield* at("http://127.0.0.1:11434/v1/"), "http://127.0.0.1:11434/v1/chat/completions")
      assert.strictEqual(yield* at("https://x.example/openai/v2"), "https://x.example/openai/v2/chat/completions")
      assert.strictEqual(yield* at("http://localhost:1234"), "http://localhost:1234/v1/chat/completions")
    })
  )

  it.effect("is https, or this machine", () =>
    Effect.gen(function* () {
      for (const bad of [
        "http://api.openai.com",
        "http://127.evil.example",
        "http://localhost.evil.example",
        "ftp://x",
        "no url",
        "https://user:pw@x.example",
        "https://x.example/?key=1"
      ]) {
        const error = yield* Effect.flip(at(bad))
        assert.strictEqual(error.kind, "invalid_request", bad)
        assert.notInclude(error.message, "pw")
      }
    })
  )
})

describe("prices", () => {
  it("are those of the configuration, then those of the table, for dated names too", () => {
    const own = { input: 1, output: 2, cacheRead: 3, cacheWrite: 4, version: "config" }
    const prices = pricesWith({ "gpt-4o": own, "mine/llama3": own })
    assert.strictEqual(prices.lookup("openai", "gpt-4o"), own)
    assert.strictEqual(prices.lookup("mine", "llama3"), own)
    assert.strictEqual(prices.lookup("anthropic", "claude-sonnet-4-5-20250929")?.output, 15_000_000)
    assert.strictEqual(prices.lookup("anthropic", "claude-sonnet-4-5")?.cacheWrite, 3_750_000)
    assert.strictEqual(prices.lookup("openai", "gpt-4o-mini-2024-07-18")?.cacheRead, 75_000)
  })

  it("are unknown for a model nobody listed; a vendor's models cost the same at another address", () => {
    const prices = pricesWith()
    assert.isUndefined(prices.lookup("anthropic", "claude-next"))
    assert.isUndefined(prices.lookup("mine", "gpt-4o"))
    assert.deepStrictEqual(prices.lookup("openai@local", "gpt-4o"), prices.lookup("openai", "gpt-4o"))
    assert.isUndefined(prices.lookup("openai", "toString"))
  })
})
