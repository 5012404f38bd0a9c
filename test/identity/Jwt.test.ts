import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import fc from "fast-check"
import { PrincipalId, TenantId } from "../../src/domain/Ids.ts"
import {
  algorithms,
  headerOf,
  type JwtPolicy,
  keyFor,
  looksLikeJwt,
  proven,
  readCredential,
  verifies
} from "../../src/identity/Jwt.ts"
import { clientScopes } from "../../src/identity/Scope.ts"

const policy: JwtPolicy = {
  algorithms: ["EdDSA", "RS256"],
  audiences: ["exoclaw", "bus"],
  issuer: "https://id.example",
  skewMillis: 30_000,
  tenantClaim: "org",
  tenant: TenantId.make("default"),
  scopesClaim: "scope",
  scopes: clientScopes
}
const now = 1_800_000_000_000
const seconds = now / 1000
const good = {
  iss: "https://id.example",
  aud: "exoclaw",
  sub: "ada",
  exp: seconds + 60,
  org: "acme",
  scope: "chat:send"
}
const decide = (claims: object, other: Partial<JwtPolicy> = {}) =>
  proven(JSON.stringify(claims), { ...policy, ...other }, now)
const why = (claims: object, other: Partial<JwtPolicy> = {}) =>
  Result.getOrElse(Result.flip(decide(claims, other)), () => "")

describe("what a verified token's claims come to", () => {
  it("is a principal of the subject, with the tenant and the scopes that the named claims say", () => {
    const all = { ...good, scope: "chat:send admin memory:read openid chat:send" }
    assert.deepStrictEqual(Result.getOrThrow(decide(all)), {
      claims: {
        id: PrincipalId.make("jwt:ada"),
        tenant: TenantId.make("acme"),
        scopes: ["chat:send", "memory:read"]
      },
      expiresAt: now + 60_000
    })
    const list = Result.getOrThrow(decide({ ...good, roles: ["memory:read", 7, null] }, { scopesClaim: "roles" }))
    assert.deepStrictEqual(list.claims.scopes, ["memory:read"])
    const fixed = Result.getOrThrow(decide(good, { tenantClaim: undefined }))
    assert.strictEqual(fixed.claims.tenant, "default")
  })

  it("gives an operator's scope only where the policy names it", () => {
    const all = { ...good, scope: "admin chat:send" }
    assert.deepStrictEqual(Result.getOrThrow(decide(all)).claims.scopes, ["chat:send"])
    assert.deepStrictEqual(Result.getOrThrow(decide(all, { scopes: ["admin"] })).claims.scopes, ["admin"])
  })

  it("is nothing where a time is wrong: expired is expired, the skew excuses only a clock that runs ahead", () => {
    assert.strictEqual(why({ ...good, exp: seconds }), "expired")
    assert.strictEqual(why({ ...good, exp: seconds - 1 }), "expired")
    assert.strictEqual(why({ ...good, nbf: seconds + 30 }), "")
    assert.strictEqual(why({ ...good, nbf: seconds + 31 }), "not yet valid")
    assert.strictEqual(why({ ...good, iat: seconds + 31 }), "not yet valid")
    for (const exp of [undefined, null, "9999999999", -1, 1e300, Number.MAX_SAFE_INTEGER]) {
      assert.strictEqual(why({ ...good, exp }), "claims invalid", String(exp))
    }
    assert.strictEqual(why({ ...good, nbf: "0" }), "claims invalid")
  })

  it("is nothing for another audience or issuer, also where they look alike", () => {
    assert.strictEqual(why({ ...good, aud: ["x", "bus"] }), "")
    for (const aud of [
      "exoclaw ",
      "Exoclaw",
      "exoclaw,bus",
      [],
      ["exo"],
      "",
      [["exoclaw"]],
      { 0: "exoclaw" },
      undefined
    ]) {
      assert.include(["audience wrong", "claims invalid"], why({ ...good, aud }), JSON.stringify(aud))
    }
    for (const iss of ["https://id.example/", "https://evil.example", "", undefined]) {
      assert.strictEqual(why({ ...good, iss }), "issuer wrong")
    }
    assert.strictEqual(why({ ...good, iss: "anybody" }, { issuer: undefined }), "")
  })

  it("is nothing without a subject and a tenant that can be named", () => {
    for (const sub of ["", undefined, 7, "a\u0000b", "\ud800", "x".repeat(253), "a\nb"]) {
      assert.strictEqual(why({ ...good, sub }), "claims invalid", JSON.stringify(sub))
    }
    for (const org of ["", undefined, "a.b", "a/b", "x".repeat(65), ["acme"], { id: "acme" }]) {
      assert.strictEqual(why({ ...good, org }), "claims invalid", JSON.stringify(org))
    }
    // what every object has is no claim
    for (const tenantClaim of ["constructor", "__proto__", "toString"]) {
      assert.strictEqual(why(good, { tenantClaim }), "claims invalid")
    }
  })

  it("never throws and never grants more than the policy, whatever JSON it is given", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(...Object.keys(good)), (json, name) => {
        const changed = `${JSON.stringify(good).slice(0, -1)},${JSON.stringify(name)}:${json}}`
        for (const text of [json, changed]) {
          const decided = proven(text, policy, now)
          if (Result.isFailure(decided)) continue
          assert.isAbove(decided.success.expiresAt, now)
          for (const scope of decided.success.claims.scopes) assert.include(clientScopes, scope)
        }
      }),
      { numRuns: 500 }
    )
  })
})

describe("which key verifies a token", () => {
  it("is chosen by our list of algorithms, never by the token's", () => {
    const header = (value: object) => Result.getOrElse(Result.flip(headerOf(JSON.stringify(value), policy)), () => "")
    assert.strictEqual(header({ alg: "EdDSA", typ: "JWT", kid: "a" }), "")
    assert.strictEqual(header({ alg: "RS256", typ: "at+JWT" }), "")
    for (const alg of ["none", "None", "NONE", "HS256", "HS512", "RS512", "PS256", "ES256", "rs256", "", "EdDSA "]) {
      assert.strictEqual(header({ alg }), "algorithm not allowed", alg)
    }
    assert.strictEqual(header({ alg: "EdDSA", crit: ["b64"], b64: false }), "malformed")
    assert.strictEqual(header({ alg: "EdDSA", typ: "logout+jwt" }), "malformed")
    assert.strictEqual(header({ alg: ["EdDSA"] }), "malformed")
    assert.strictEqual(header({ alg: "EdDSA", kid: 7 }), "malformed")
    assert.isTrue(Result.isFailure(headerOf("{", policy)))
  })

  it("a key of one kind never serves another algorithm", () => {
    const kinds = { EdDSA: { kty: "OKP", crv: "Ed25519" }, RS256: { kty: "RSA" }, HS256: { kty: "oct" } } as const
    for (const alg of algorithms) {
      for (const other of algorithms) {
        assert.strictEqual(verifies(kinds[other], alg), alg === other)
        assert.isFalse(verifies({ ...kinds[alg], alg: "RS512" }, alg))
      }
      assert.isFalse(verifies({ ...kinds[alg], use: "enc" }, alg))
      assert.isFalse(verifies({ ...kinds[alg], key_ops: ["sign"] }, alg))
      assert.isTrue(verifies({ ...kinds[alg], use: "sig", alg, key_ops: ["verify"] }, alg))
    }
    assert.isFalse(verifies({ kty: "OKP", crv: "X25519" }, "EdDSA"))
  })

  it("is the named one, or the only one; two that fit are none", () => {
    const a = { kty: "RSA", kid: "a" }
    const b = { kty: "RSA", kid: "b" }
    assert.strictEqual(keyFor([a, b], { alg: "RS256", kid: "b" }), b)
    assert.strictEqual(keyFor([a], { alg: "RS256", kid: undefined }), a)
    assert.isUndefined(keyFor([a, b], { alg: "RS256", kid: undefined }))
    assert.isUndefined(keyFor([a, { ...a }], { alg: "RS256", kid: "a" }))
    assert.isUndefined(keyFor([a], { alg: "RS256", kid: "" }))
    assert.isUndefined(keyFor([a], { alg: "EdDSA", kid: "a" }))
  })
})

describe("the text of a token", () => {
  it("is recognised by its shape, within a length, in linear time", () => {
    assert.isTrue(looksLikeJwt("eyJh.eyJh.c2ln"))
    // an unsigned one is recognised, and then refused for its algorithm
    assert.isTrue(looksLikeJwt("eyJh.eyJh."))
    for (const text of [
      "",
      "eyJh.eyJh",
      "a.b.c",
      "eyJh.e.c.d",
      "eyJh.e+.c",
      " eyJh.e.c",
      `eyJ${"a".repeat(8_192)}.e.c`
    ]) {
      assert.isFalse(looksLikeJwt(text), text.slice(0, 20))
    }
  })

  it("the credential of another kind of token is not taken for one", () => {
    assert.isUndefined(readCredential("9f86d081884c7d659a2feaa0c55ad015"))
  })
})
