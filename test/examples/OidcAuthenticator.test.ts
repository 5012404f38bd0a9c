import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { createHmac } from "node:crypto"
import { issue, issuer, keys, strangersKey } from "../../examples/identity-provider.ts"
import { layer } from "../../examples/oidc-authenticator.ts"
import { Authenticator } from "../../src/identity/Authenticator.ts"

const authenticate = (token: string | undefined) =>
  Effect.flatMap(Authenticator, (authenticator) =>
    authenticator.authenticate({
      token: token === undefined ? undefined : Redacted.make(token),
      remoteAddress: "127.0.0.1",
      loopback: true,
      listener: "client"
    })
  )

const claims = { iss: issuer, aud: "exoclaw", sub: "ada", tenant: "acme", scope: "chat:send budget:read", exp: 100 }
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")
const withExample = <A, E>(effect: Effect.Effect<A, E, Authenticator>) =>
  Effect.provide(effect, layer(issuer, keys.publicKey))

describe("examples/oidc-authenticator.ts", () => {
  it.effect("takes id, tenant and scopes from the signed claims alone", () =>
    Effect.gen(function* () {
      const principal = yield* authenticate(issue(claims))
      assert.strictEqual(principal.id, "oidc:ada")
      assert.strictEqual(principal.tenant, "acme")
      assert.deepStrictEqual([...principal.scopes].sort(), ["budget:read", "chat:send"])
    }).pipe(withExample)
  )

  it.effect("gives nobody an operator's scope, nor one that does not exist", () =>
    Effect.gen(function* () {
      const principal = yield* authenticate(issue({ ...claims, scope: "admin audit:read plugin:admin root chat:send" }))
      assert.deepStrictEqual(principal.scopes, ["chat:send"])
    }).pipe(withExample)
  )

  it.effect("keeps no token: the principal knows its digest and its end", () =>
    Effect.gen(function* () {
      const token = issue(claims)
      const { credential } = yield* authenticate(token)
      assert.match(credential ?? "", /^100:[0-9a-f]{64}$/)
      assert.notInclude(credential ?? "", token)
    }).pipe(withExample)
  )

  it.effect(
    "refuses foreign keys, other algorithms, none at all, changed and incomplete claims, in the same words",
    () =>
      Effect.gen(function* () {
        const [header, payload, signature] = issue(claims).split(".")
        const pem = keys.publicKey.export({ type: "spki", format: "pem" })
        const confused = `${base64({ alg: "HS256" })}.${payload}`
        const tokens = [
          undefined,
          "",
          "..",
          `${header}.${payload}`,
          `${header}.${payload}.`,
          `${issue(claims)}.x`,
          issue(claims, strangersKey),
          issue(claims, keys.privateKey, { alg: "none" }),
          `${base64({ alg: "none" })}.${payload}.`,
          `${confused}.${createHmac("sha256", pem).update(confused).digest("base64url")}`,
          `${header}.${base64({ ...claims, sub: "eve" })}.${signature}`,
          issue({ ...claims, iss: "https://elsewhere.example" }),
          issue({ ...claims, aud: "another" }),
          issue({ ...claims, exp: 0 }),
          issue({ ...claims, exp: "100" }),
          issue({ ...claims, exp: null }),
          issue({ ...claims, sub: "a\nb" }),
          issue({ ...claims, tenant: "../other" }),
          issue([claims])
        ]
        for (const token of tokens) {
          const failure = yield* Effect.flip(authenticate(token))
          assert.strictEqual(failure.message, "A valid token is needed.", token)
        }
      }).pipe(withExample)
  )

  it.effect("T9: a connection's token stops holding when it expires", () =>
    Effect.gen(function* () {
      const authenticator = yield* Authenticator
      const principal = yield* authenticate(issue(claims))
      assert.isTrue(yield* authenticator.stillValid(principal))
      yield* TestClock.setTime(100_000)
      assert.strictEqual(yield* Clock.currentTimeMillis, 100_000)
      assert.isFalse(yield* authenticator.stillValid(principal))
      assert.strictEqual((yield* Effect.flip(authenticate(issue(claims)))).message, "A valid token is needed.")
    }).pipe(withExample)
  )
})
