import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import { PrincipalId, TenantId } from "../../src/domain/Ids.ts"
import { Authenticator, type Credential, Unauthenticated } from "../../src/identity/Authenticator.ts"
import { Authorizer } from "../../src/identity/Authorizer.ts"
import { type Claims, currentPrincipal, isGenuine, Principal } from "../../src/identity/Principal.ts"

const claims: Claims = {
  id: PrincipalId.make("token:laptop"),
  tenant: TenantId.make("default"),
  scopes: ["chat:send"],
  credential: "digest"
}
const credential: Credential = {
  token: Redacted.make("t"),
  remoteAddress: "127.0.0.1",
  loopback: true,
  listener: "client"
}
const authenticator = (given: Claims) =>
  Authenticator.layerWith(
    Effect.succeed({ verify: () => Effect.succeed(given), valid: (digest) => Effect.succeed(digest === "digest") })
  )
const authenticate = Effect.flatMap(Authenticator, (service) => service.authenticate(credential)).pipe(
  Effect.provide(authenticator(claims))
)

/** Runs what needs an identity under `principal`; true where it was refused as forged. */
const refused = (principal: unknown) =>
  currentPrincipal.pipe(
    Effect.provideService(Principal, principal as Principal["Service"]),
    Effect.exit,
    Effect.map((exit) => Exit.isFailure(exit) && Cause.hasDies(exit.cause))
  )

describe("Principal", () => {
  it.effect("is what an authenticator made of its claims", () =>
    Effect.gen(function* () {
      const principal = yield* authenticate
      assert.strictEqual(principal.id, "token:laptop")
      assert.strictEqual(principal.tenant, "default")
      assert.deepStrictEqual(principal.scopes, ["chat:send"])
      assert.isTrue(isGenuine(principal))
      assert.isFalse(yield* refused(principal))
    })
  )

  it.effect("T6: claims that are not valid make no principal", () =>
    Effect.gen(function* () {
      const wrong: ReadonlyArray<object> = [
        { id: "" },
        { id: "a\u0000b" },
        { tenant: "../other" },
        { scopes: ["everything"] },
        { scopes: "admin" }
      ]
      for (const change of wrong) {
        const error = yield* Effect.flatMap(Authenticator, (service) => service.authenticate(credential)).pipe(
          Effect.provide(authenticator({ ...claims, ...change } as Claims)),
          Effect.flip
        )
        assert.instanceOf(error, Unauthenticated)
      }
    })
  )

  it.effect("look-alikes are refused: literals, copies, clones, proxies, heirs", () =>
    Effect.gen(function* () {
      const principal = yield* authenticate
      const literal = {
        id: claims.id,
        tenant: claims.tenant,
        credential: undefined,
        scopes: ["admin"],
        has: () => true
      }
      const forgeries: ReadonlyArray<unknown> = [
        literal,
        { ...principal },
        structuredClone({ ...principal }),
        Object.assign(Object.create(Object.getPrototypeOf(principal)), principal),
        Object.create(principal),
        new Proxy(principal, {}),
        new Proxy(principal, { get: (target, key) => (key === "has" ? () => true : Reflect.get(target, key)) }),
        null,
        undefined,
        "local"
      ]
      for (const forgery of forgeries) {
        assert.isFalse(isGenuine(forgery))
        assert.isTrue(yield* refused(forgery))
      }
    })
  )

  it.effect("a service declared under the same key passes the types and dies at the seal", () =>
    Effect.gen(function* () {
      class Forged extends Context.Service<Forged, { readonly id: string; readonly has: () => boolean }>()(
        "exoclaw/identity/Principal"
      ) {}
      const exit = yield* currentPrincipal.pipe(
        Effect.provideContext(
          Context.make(Forged, { id: "local", has: () => true }) as unknown as Context.Context<Principal>
        ),
        Effect.exit
      )
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
    })
  )

  it.effect("the constructor, reached through an instance, makes none", () =>
    Effect.gen(function* () {
      const principal = yield* authenticate
      const Constructor = principal.constructor as new (token: unknown, claims: Claims) => object
      assert.throws(
        () => new Constructor(Symbol("exoclaw/identity/Principal/seal"), claims),
        /made by an Authenticator/
      )
      assert.throws(() => new Constructor(undefined, claims), /made by an Authenticator/)
      class Heir extends Constructor {}
      assert.throws(() => new Heir(Symbol.for("exoclaw/identity/Principal/seal"), claims), /made by an Authenticator/)
      const bare = Object.setPrototypeOf(Object.create(null), Constructor.prototype)
      assert.isFalse(isGenuine(bare))
    })
  )

  it.effect("nothing about one can be changed afterwards, for itself or for all", () =>
    Effect.gen(function* () {
      const principal = yield* authenticate
      const open = principal as unknown as Record<string, unknown>
      assert.throws(() => {
        open.id = "token:root"
      }, TypeError)
      assert.throws(() => {
        open.has = () => true
      }, TypeError)
      assert.throws(() => Object.setPrototypeOf(principal, { has: () => true }), TypeError)
      const shared = Object.getPrototypeOf(principal)
      assert.throws(() => {
        shared.has = () => true
      }, TypeError)
      assert.throws(() => {
        shared.constructor.genuine = () => true
      }, TypeError)
      const scopes = principal.scopes as Array<string>
      scopes.push("admin")
      assert.isFalse(principal.has("admin"))
    })
  )

  it.effect("the scopes that an authenticator gave are copied: changing its list later changes nothing", () =>
    Effect.gen(function* () {
      const scopes: Array<"chat:send" | "admin"> = ["chat:send"]
      const service = yield* Authenticator.pipe(Effect.provide(authenticator({ ...claims, scopes })))
      const principal = service.internal({ ...claims, scopes })
      scopes.push("admin")
      assert.isFalse(principal.has("admin"))
    })
  )
})

describe("Authorizer", () => {
  const allowed = (given: Claims["scopes"]) => (scope: Claims["scopes"][number]) =>
    Effect.gen(function* () {
      const service = yield* Authenticator
      const authorizer = yield* Authorizer
      return yield* authorizer.require(scope).pipe(
        Effect.provideService(Principal, service.internal({ ...claims, scopes: given })),
        Effect.as(true),
        Effect.catchTag("Forbidden", (error) => Effect.succeed(error.scope === scope ? false : error.message))
      )
    }).pipe(Effect.provide([authenticator(claims), Authorizer.layerScopes]))

  it.effect("a scope opens what it names and nothing else; admin opens the operator's methods only", () =>
    Effect.gen(function* () {
      assert.isTrue(yield* allowed(["chat:send"])("chat:send"))
      assert.isFalse(yield* allowed(["chat:send"])("session:any"))
      assert.isFalse(yield* allowed([])("chat:send"))
      assert.isTrue(yield* allowed(["admin"])("audit:read"))
      assert.isTrue(yield* allowed(["admin"])("plugin:admin"))
      assert.isFalse(yield* allowed(["admin"])("chat:send"))
      assert.isFalse(yield* allowed(["plugin:admin"])("admin"))
      assert.isFalse(yield* allowed(["audit:read"])("plugin:admin"))
    })
  )
})
