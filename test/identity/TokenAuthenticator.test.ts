import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { TestClock } from "effect/testing"
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Audit } from "../../src/audit/Audit.ts"
import { TenantId } from "../../src/domain/Ids.ts"
import { Authenticator, type Credential } from "../../src/identity/Authenticator.ts"
import { JwtVerifier } from "../../src/identity/JwtVerifier.ts"
import { Principal } from "../../src/identity/Principal.ts"
import { clientScopes, operatorScopes } from "../../src/identity/Scope.ts"
import { TokenName } from "../../src/identity/Token.ts"
import { TokenStore } from "../../src/identity/TokenStore.ts"
import * as SqliteAudit from "../../layers/audit/SqliteAudit.ts"
import { digestOf } from "../../layers/identity/digest.ts"
import * as SqliteTokens from "../../layers/identity/SqliteTokens.ts"
import * as TokenAuthenticator from "../../layers/identity/TokenAuthenticator.ts"
import * as NodeEntropy from "../../layers/platform/NodeEntropy.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { Store } from "../../layers/store/Store.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "exoclaw-identity-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const storage = Layer.mergeAll(SqliteTokens.layer(), SqliteAudit.layer, JwtVerifier.layerOff).pipe(
  Layer.provideMerge(SqliteStore.layerMemory),
  Layer.provideMerge(NodeEntropy.layer)
)
const graph = (options: TokenAuthenticator.Options) =>
  TokenAuthenticator.layer(options).pipe(Layer.provideMerge(storage))

type Services = Authenticator | TokenStore | Audit | Store
const withTokens = <A, E>(
  options: Partial<TokenAuthenticator.Options>,
  run: (operatorFile: string) => Effect.Effect<A, E, Services>
) =>
  Effect.gen(function* () {
    const operatorTokenFile = join(yield* folder, "operator.token")
    return yield* run(operatorTokenFile).pipe(
      Effect.provide(graph({ configTokens: [], operatorTokenFile, ...options }))
    )
  }).pipe(Effect.scoped)

const peer = (token?: string, more: Partial<Credential> = {}): Credential => ({
  ...(token === undefined ? {} : { token: Redacted.make(token) }),
  remoteAddress: "127.0.0.1",
  loopback: true,
  listener: "client",
  ...more
})
const authenticate = (credential: Credential) =>
  Effect.flatMap(Authenticator, (service) => service.authenticate(credential))
const refused = (credential: Credential) => Effect.map(Effect.flip(authenticate(credential)), (error) => error.message)
const remote = { remoteAddress: "203.0.113.9", loopback: false }
const strong = "Vq3mTz8LrX1pK6wN0sYb"
const shut = "A valid token is needed."

const asOperator = <A, E>(operatorFile: string, effect: Effect.Effect<A, E, Principal | Services>) =>
  Effect.gen(function* () {
    const principal = yield* authenticate(peer(readFileSync(operatorFile, "utf8").trim(), { listener: "operator" }))
    return yield* Effect.provideService(effect, Principal, principal)
  })

describe("TokenAuthenticator", () => {
  it.effect("loopback without any token configured is the principal local, on the client listener only", () =>
    withTokens({}, () =>
      Effect.gen(function* () {
        const principal = yield* authenticate(peer())
        assert.strictEqual(principal.id, "local")
        assert.deepStrictEqual(principal.scopes, [...clientScopes])
        assert.isFalse(principal.has("admin"))
        assert.isUndefined(principal.credential)
        assert.isTrue(yield* Effect.flatMap(Authenticator, (service) => service.stillValid(principal)))
        assert.strictEqual(yield* refused(peer(undefined, { listener: "operator" })), shut)
        assert.strictEqual(yield* refused(peer(undefined, remote)), shut)
      })
    )
  )

  it.effect("as soon as there is any token, loopback needs one too", () =>
    Effect.gen(function* () {
      yield* withTokens({ envToken: Redacted.make(strong) }, () => refused(peer()))
      const configured = { name: "c", digest: digestOf("x"), tenant: TenantId.make("default"), scopes: [] }
      yield* withTokens({ configTokens: [configured] }, () => refused(peer()))
      yield* withTokens({}, (file) =>
        Effect.gen(function* () {
          const tokens = yield* TokenStore
          const token = { name: TokenName.make("a"), tenant: TenantId.make("default"), scopes: [] }
          // that it was open a moment ago is not remembered
          assert.strictEqual((yield* authenticate(peer())).id, "local")
          yield* asOperator(file, tokens.create(token))
          yield* refused(peer())
          yield* asOperator(file, tokens.revoke(token.name))
          yield* TestClock.adjust("1 second")
          assert.strictEqual((yield* authenticate(peer())).id, "local")
        })
      )
    })
  )

  it.effect("the environment's token has every client scope and no operator's", () =>
    withTokens({ envToken: Redacted.make(strong) }, () =>
      Effect.gen(function* () {
        const principal = yield* authenticate(peer(strong, remote))
        assert.strictEqual(principal.id, "token:env")
        assert.deepStrictEqual(principal.scopes, [...clientScopes])
        assert.isFalse(principal.has("audit:read"))
      })
    )
  )

  it.effect("a token of the configuration is known by its digest, with its own tenant and scopes", () =>
    withTokens(
      {
        configTokens: [
          { name: "ci", digest: digestOf(strong), tenant: TenantId.make("acme"), scopes: ["chat:send", "audit:read"] }
        ]
      },
      () =>
        Effect.gen(function* () {
          const principal = yield* authenticate(peer(strong, remote))
          assert.strictEqual(principal.id, "token:ci")
          assert.strictEqual(principal.tenant, "acme")
          assert.deepStrictEqual(principal.scopes, ["chat:send", "audit:read"])
          assert.strictEqual(yield* refused(peer(digestOf(strong))), shut)
        })
    )
  )

  it.effect("T4: whatever is wrong with a token, the answer is the same", () =>
    withTokens({ envToken: Redacted.make(strong) }, (file) =>
      Effect.gen(function* () {
        const tokens = yield* TokenStore
        const { token } = yield* asOperator(
          file,
          tokens.create({ name: TokenName.make("old"), tenant: TenantId.make("default"), scopes: [], expiresAt: 10 })
        )
        yield* TestClock.setTime(10)
        const own = Redacted.value(token)
        const last = own.endsWith("A") ? "B" : "A"
        const wrong = ["", " ", "x", strong.slice(0, -1), `${strong}x`, `${strong} `, strong.toLowerCase(), own]
        for (const text of [...wrong, own.slice(0, -1) + last, "x".repeat(100_000), "\ud800"]) {
          assert.strictEqual(yield* refused(peer(text)), shut)
        }
        assert.strictEqual(yield* refused(peer()), shut)
      })
    )
  )

  it.effect("a made token opens with its tenant and scopes, and its use is noted", () =>
    withTokens({}, (file) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(90_000)
        const tokens = yield* TokenStore
        const { record, token } = yield* asOperator(
          file,
          tokens.create({ name: TokenName.make("phone"), tenant: TenantId.make("acme"), scopes: ["chat:send"] })
        )
        const principal = yield* authenticate(peer(Redacted.value(token), remote))
        assert.strictEqual(principal.id, "token:phone")
        assert.strictEqual(principal.tenant, "acme")
        assert.deepStrictEqual(principal.scopes, ["chat:send"])
        assert.strictEqual((yield* tokens.find(record.id))?.record.lastUsedAt, 90_000)
      })
    )
  )

  it.effect("T9: a live principal's credential stops being valid within a second of its revocation or end", () =>
    withTokens({ envToken: Redacted.make(strong) }, (file) =>
      Effect.gen(function* () {
        const service = yield* Authenticator
        const tokens = yield* TokenStore
        const make = (name: string, expiresAt?: number) =>
          Effect.flatMap(
            asOperator(
              file,
              tokens.create({ name: TokenName.make(name), tenant: TenantId.make("default"), scopes: [], expiresAt })
            ),
            ({ token }) => authenticate(peer(Redacted.value(token)))
          )
        const revoked = yield* make("revoked")
        const ending = yield* make("ending", 5_000)
        const staying = yield* authenticate(peer(strong))
        assert.isTrue(yield* service.stillValid(revoked))
        assert.isTrue(yield* service.stillValid(ending))
        yield* asOperator(file, tokens.revoke(TokenName.make("revoked")))
        yield* TestClock.adjust("999 millis")
        assert.isFalse(yield* service.stillValid(revoked))
        assert.isTrue(yield* service.stillValid(ending))
        yield* TestClock.setTime(5_999)
        assert.isFalse(yield* service.stillValid(ending))
        assert.isTrue(yield* service.stillValid(staying))
      })
    )
  )

  it.effect(
    "T9: the operator's token written anew replaces the old one within a second, live connections included",
    () =>
      withTokens({}, (file) =>
        Effect.gen(function* () {
          const service = yield* Authenticator
          const before = readFileSync(file, "utf8").trim()
          const principal = yield* authenticate(peer(before, { listener: "operator" }))
          assert.strictEqual(principal.id, "token:operator")
          assert.deepStrictEqual([...principal.scopes].sort(), [...clientScopes, ...operatorScopes].sort())
          writeFileSync(file, `${strong}\n`)
          yield* TestClock.adjust("1 second")
          assert.isFalse(yield* service.stillValid(principal))
          yield* refused(peer(before, { listener: "operator" }))
          yield* authenticate(peer(strong, { listener: "operator" }))
          writeFileSync(file, "\n")
          yield* TestClock.adjust("1 second")
          yield* refused(peer("", { listener: "operator" }))
          rmSync(file)
          yield* TestClock.adjust("1 second")
          yield* refused(peer(strong, { listener: "operator" }))
        })
      )
  )

  it.effect("T3: a weak token in the environment or in the operator's file stops the start, by a sentence", () =>
    Effect.gen(function* () {
      for (const weak of ["", "   ", "password", "aaaaaaaaaaaaaaaaaaaa", "tab\tin-Vq3mTz8LrX1pK6w"]) {
        const error = yield* Effect.flip(withTokens({ envToken: Redacted.make(weak) }, () => Effect.void))
        assert.strictEqual(error._tag === "IdentityError" && error.reason._tag, "WeakToken")
        assert.include(error.message, "EXOCLAW_TOKEN")
        if (weak.trim() !== "") assert.notInclude(error.message, weak)
      }
      const home = yield* folder
      writeFileSync(join(home, "operator.token"), "letmein\n")
      const options = { configTokens: [], operatorTokenFile: join(home, "operator.token") }
      const error = yield* Effect.flip(Layer.build(graph(options)))
      assert.include(error.message, "operator.token")
    }).pipe(Effect.scoped)
  )

  it.effect("T36: the operator's token is made once, for its owner alone, and leaves no draft behind", () =>
    Effect.gen(function* () {
      const home = yield* folder
      chmodSync(home, 0o755)
      const path = join(home, "state", "operator.token")
      const start = Layer.build(graph({ configTokens: [], operatorTokenFile: path })).pipe(Effect.scoped)
      yield* Effect.all([start, start, start], { concurrency: "unbounded" })
      const text = readFileSync(path, "utf8")
      assert.match(text, /^exo_[0-9a-z]{12}_[A-Za-z0-9_-]{43}\n$/)
      assert.strictEqual(statSync(path).mode & 0o777, 0o600)
      assert.strictEqual(statSync(join(home, "state")).mode & 0o777, 0o700)
      assert.strictEqual(statSync(home).mode & 0o777, 0o755)
      assert.deepStrictEqual(readdirSync(join(home, "state")), ["operator.token"])
      yield* start
      assert.strictEqual(readFileSync(path, "utf8"), text)
    }).pipe(Effect.scoped)
  )

  it.effect("an operator's file that cannot be made stops the start, with the next step", () =>
    Effect.gen(function* () {
      const home = yield* folder
      writeFileSync(join(home, "file"), "")
      const path = join(home, "file", "operator.token")
      const error = yield* Effect.flip(Layer.build(graph({ configTokens: [], operatorTokenFile: path })))
      assert.strictEqual(error._tag === "IdentityError" && error.reason._tag, "TokenFileUnusable")
      assert.include(error.message, "EXOCLAW_STATE")
      assert.isFalse(existsSync(path))
    }).pipe(Effect.scoped)
  )

  const logged = Effect.flatMap(Audit, (audit) => audit.query({ limit: 1_000 }))

  it.effect("acceptance is recorded once for a connection, refusal each time, and neither has the token", () =>
    withTokens({ envToken: Redacted.make(strong) }, () =>
      Effect.gen(function* () {
        const connection = {}
        yield* authenticate(peer(strong, { connection }))
        yield* authenticate(peer(strong, { connection }))
        yield* authenticate(peer(strong, { connection: {} }))
        yield* refused(peer("guess-1", remote))
        yield* refused(peer(undefined, remote))
        const entries = yield* logged
        assert.deepStrictEqual(
          entries.map(({ event }) => [event.kind, event.principal, event.outcome, event.data.remote]),
          [
            ["auth.accepted", "token:env", "ok", "127.0.0.1"],
            ["auth.accepted", "token:env", "ok", "127.0.0.1"],
            ["auth.refused", "anonymous", "invalid token", "203.0.113.9"],
            ["auth.refused", "anonymous", "no token", "203.0.113.9"]
          ]
        )
        const text = JSON.stringify(entries)
        for (const secret of [strong, digestOf(strong), "guess-1"]) assert.notInclude(text, secret)
      })
    )
  )

  it.effect("T5: a flood of refusals is counted, not listed", () =>
    withTokens({}, () =>
      Effect.gen(function* () {
        yield* Effect.forEach(Array.from({ length: 100 }), () => refused(peer("guess")), { discard: true })
        assert.strictEqual((yield* logged).length, 60)
        yield* TestClock.adjust("1 minute")
        yield* refused(peer("guess"))
        const last = (yield* logged).at(-1)
        assert.strictEqual(last?.event.data.omittedBefore, 40)
      })
    )
  )

  it.effect("who cannot be recorded is not let in", () =>
    withTokens({ envToken: Redacted.make(strong) }, () =>
      Effect.gen(function* () {
        const store = yield* Store
        yield* store.write((db) => db.run("DELETE FROM audit_head"))
        const refusal = yield* Effect.flip(authenticate(peer(strong)))
        assert.strictEqual(refusal._tag, "NobodyNow")
        assert.strictEqual(
          refusal.message,
          "Nobody can be let in at the moment: the gateway's store does not work. Its log says why."
        )
        // a guess is a guess all the same
        assert.strictEqual(yield* refused(peer("guess")), shut)
      })
    )
  )

  it.effect("a full disk is told for what it is, and nobody is let in until there is room", () =>
    withTokens({ envToken: Redacted.make(strong) }, () =>
      Effect.gen(function* () {
        const store = yield* Store
        const pages = (count: string) => store.write((db) => db.raw.exec(`PRAGMA max_page_count = ${count}`))
        yield* pages("1")
        const refusal = yield* Effect.flip(Effect.forever(authenticate(peer(strong))))
        assert.strictEqual(refusal._tag, "NobodyNow")
        assert.strictEqual(
          refusal.message,
          "Nobody can be let in at the moment: the disk that holds the gateway's state is full. Free some space there; it needs no restart."
        )
        yield* pages("1000000")
        assert.strictEqual((yield* authenticate(peer(strong))).id, "token:env")
      })
    )
  )
})
