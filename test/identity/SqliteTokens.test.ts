import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { TestClock } from "effect/testing"
import { Audit } from "../../src/audit/Audit.ts"
import { PrincipalId, TenantId } from "../../src/domain/Ids.ts"
import { Authenticator } from "../../src/identity/Authenticator.ts"
import { Principal } from "../../src/identity/Principal.ts"
import { idOf, TokenName } from "../../src/identity/Token.ts"
import { TokenStore } from "../../src/identity/TokenStore.ts"
import * as SqliteAudit from "../../layers/audit/SqliteAudit.ts"
import { digestOf } from "../../layers/identity/digest.ts"
import * as SqliteTokens from "../../layers/identity/SqliteTokens.ts"
import * as TokenAuthenticator from "../../layers/identity/TokenAuthenticator.ts"
import * as NodeEntropy from "../../layers/platform/NodeEntropy.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { Store } from "../../layers/store/Store.ts"

const operator = Layer.effect(
  Principal,
  Effect.map(Authenticator, (service) =>
    service.internal({ id: PrincipalId.make("token:operator"), tenant: TenantId.make("default"), scopes: ["admin"] })
  )
).pipe(Layer.provide(TokenAuthenticator.layerTest()))

const environment = Layer.mergeAll(SqliteTokens.layer(["configured"]), SqliteAudit.layer, operator).pipe(
  Layer.provideMerge(SqliteStore.layerMemory),
  Layer.provideMerge(NodeEntropy.layer)
)

const laptop = {
  name: TokenName.make("laptop"),
  tenant: TenantId.make("acme"),
  scopes: ["chat:send", "session:read"]
} as const
const names = Effect.flatMap(Audit, (audit) =>
  Effect.map(audit.query({ limit: 100 }), (entries) => entries.map(({ event }) => `${event.kind} ${event.data.name}`))
)

describe("SqliteTokens", () => {
  it.effect("a token's budget is kept, goes to its successor, and is told by tenant and name", () =>
    Effect.gen(function* () {
      const tokens = yield* TokenStore
      const budget = { day: { tokens: 20_000 }, total: { micros: 5_000_000 } }
      const { record } = yield* tokens.create({ ...laptop, budget })
      assert.deepStrictEqual(record.budget, budget)
      const next = yield* tokens.rotate(laptop.name, 60_000)
      assert.deepStrictEqual(next.record.budget, budget)
      assert.deepStrictEqual(yield* tokens.budgetOf(laptop.tenant, "laptop"), budget)
      assert.isUndefined(yield* tokens.budgetOf(TenantId.make("default"), "laptop"))
      // what runs still when its token is revoked is held to it
      yield* tokens.revoke(laptop.name)
      assert.deepStrictEqual(yield* tokens.budgetOf(laptop.tenant, "laptop"), budget)
      yield* TestClock.adjust(1)
      yield* tokens.create(laptop)
      assert.isUndefined(yield* tokens.budgetOf(laptop.tenant, "laptop"))
    }).pipe(Effect.provide(environment))
  )

  it.effect("a made token is found by its id, with everything but its secret", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_000)
      const tokens = yield* TokenStore
      const { record, token } = yield* tokens.create({ ...laptop, expiresAt: 5_000 })
      const found = yield* tokens.find(idOf(Redacted.value(token)) ?? "")
      assert.deepStrictEqual(found, { record, digest: digestOf(Redacted.value(token)) })
      assert.deepStrictEqual(yield* tokens.list, [record])
      assert.deepStrictEqual(record, {
        ...laptop,
        budget: {},
        id: record.id,
        createdAt: 1_000,
        expiresAt: 5_000,
        revokedAt: undefined,
        lastUsedAt: undefined
      })
      assert.isUndefined(yield* tokens.find("000000000000"))
    }).pipe(Effect.provide(environment))
  )

  it.effect("T30: neither the database nor the audit log nor the value's own text has the secret", () =>
    Effect.gen(function* () {
      const tokens = yield* TokenStore
      const issued = yield* tokens.create(laptop)
      const secret = Redacted.value(issued.token).split("_").slice(2).join("_")
      const store = yield* Store
      const dump = yield* store.read((db) =>
        JSON.stringify([db.all("SELECT * FROM tokens"), db.all("SELECT * FROM audit")])
      )
      assert.notInclude(dump, secret)
      assert.notInclude(JSON.stringify(issued) + String(issued.token), secret)
    }).pipe(Effect.provide(environment))
  )

  it.effect("a name is given once while its token lives, and never a reserved or configured one", () =>
    Effect.gen(function* () {
      const tokens = yield* TokenStore
      const taken = (name: string) =>
        Effect.map(Effect.flip(tokens.create({ ...laptop, name: TokenName.make(name) })), (error) => error.reason._tag)
      yield* tokens.create({ ...laptop, expiresAt: 1_000 })
      for (const name of ["laptop", "env", "operator", "configured"]) {
        assert.strictEqual(yield* taken(name), "TokenNameTaken")
      }
      yield* TestClock.setTime(1_000)
      yield* tokens.create(laptop)
      yield* tokens.revoke(laptop.name)
      yield* tokens.create(laptop)
      assert.strictEqual((yield* tokens.list).length, 3)
    }).pipe(Effect.provide(environment))
  )

  it.effect("two that ask for one name at once: one gets it", () =>
    Effect.gen(function* () {
      const tokens = yield* TokenStore
      const exits = yield* Effect.all(
        Array.from({ length: 20 }, () => Effect.exit(tokens.create(laptop))),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(exits.filter((exit) => exit._tag === "Success").length, 1)
    }).pipe(Effect.provide(environment))
  )

  it.effect("T9: a revoked token holds no more, at once", () =>
    Effect.gen(function* () {
      const tokens = yield* TokenStore
      const { token } = yield* tokens.create(laptop)
      const digest = digestOf(Redacted.value(token))
      assert.isTrue(yield* tokens.holds(digest))
      assert.isTrue(yield* tokens.any)
      assert.isTrue(yield* tokens.revoke(laptop.name))
      assert.isFalse(yield* tokens.holds(digest))
      assert.isFalse(yield* tokens.any)
      assert.isFalse(yield* tokens.revoke(laptop.name))
    }).pipe(Effect.provide(environment))
  )

  it.effect("T9: a rotated token holds during the overlap and not a moment longer", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(10_000)
      const tokens = yield* TokenStore
      const old = yield* tokens.create({ ...laptop, expiresAt: 110_000 })
      yield* TestClock.setTime(20_000)
      const next = yield* tokens.rotate(laptop.name, 5_000)
      const holds = (token: Redacted.Redacted<string>) => tokens.holds(digestOf(Redacted.value(token)))
      assert.deepStrictEqual(next.record.scopes, laptop.scopes)
      assert.strictEqual(next.record.tenant, laptop.tenant)
      assert.strictEqual(next.record.expiresAt, 120_000)
      yield* TestClock.setTime(24_999)
      assert.deepStrictEqual([yield* holds(old.token), yield* holds(next.token)], [true, true])
      yield* TestClock.setTime(25_000)
      assert.deepStrictEqual([yield* holds(old.token), yield* holds(next.token)], [false, true])
      const error = yield* Effect.flip(tokens.rotate(TokenName.make("nobody"), 0))
      assert.strictEqual(error.reason._tag, "TokenUnknown")
    }).pipe(Effect.provide(environment))
  )

  it.effect("every birth and death is in the audit log, with who did it", () =>
    Effect.gen(function* () {
      const tokens = yield* TokenStore
      yield* tokens.create(laptop)
      yield* tokens.rotate(laptop.name, 1_000)
      yield* tokens.revoke(laptop.name)
      yield* Effect.flip(tokens.create({ ...laptop, name: TokenName.make("env") }))
      assert.deepStrictEqual(yield* names, [
        "token.created laptop",
        "token.created laptop",
        "token.revoked laptop",
        "token.revoked laptop"
      ])
      const [first] = yield* (yield* Audit).query({ limit: 1 })
      assert.strictEqual(first?.event.principal, "token:operator")
      assert.strictEqual(first?.event.tenant, "acme")
    }).pipe(Effect.provide(environment))
  )

  it.effect("last use is kept to the minute", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_000_000)
      const tokens = yield* TokenStore
      const { record } = yield* tokens.create(laptop)
      const lastUse = Effect.map(tokens.find(record.id), (found) => found?.record.lastUsedAt)
      yield* tokens.used(record.id)
      assert.strictEqual(yield* lastUse, 1_000_000)
      yield* TestClock.setTime(1_030_000)
      yield* tokens.used(record.id)
      assert.strictEqual(yield* lastUse, 1_000_000)
      yield* TestClock.setTime(1_060_000)
      yield* tokens.used(record.id)
      assert.strictEqual(yield* lastUse, 1_060_000)
    }).pipe(Effect.provide(environment))
  )

  it.effect("a damaged row opens nothing: the tokens are unavailable", () =>
    Effect.gen(function* () {
      const tokens = yield* TokenStore
      const { record } = yield* tokens.create(laptop)
      const store = yield* Store
      yield* store.write((db) => db.run("UPDATE tokens SET scopes = '[\"everything\"]'"))
      const error = yield* Effect.flip(tokens.find(record.id))
      assert.strictEqual(error.reason._tag, "TokensUnavailable")
    }).pipe(Effect.provide(environment))
  )
})
