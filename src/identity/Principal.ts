/**
 * The proof of identity. A `Principal` is made by an `Authenticator` (or, for work that starts inside, by
 * `Authenticator.internal`) and by nobody else: this file keeps the seal, and look-alikes die at `genuine`.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { PrincipalId, TenantId } from "../domain/Ids.ts"
import type { Scope } from "./Scope.ts"

/** What a door learned about its peer, before it is sealed. */
export interface Claims {
  readonly id: PrincipalId
  readonly tenant: TenantId
  readonly scopes: ReadonlyArray<Scope>
  /** Digest of the credential it came from, to close live connections on revocation; absent for loopback. */
  readonly credential?: string | undefined
}

const seal: unique symbol = Symbol("exoclaw/identity/Principal/seal")

class SealedPrincipal {
  readonly id: PrincipalId
  readonly tenant: TenantId
  readonly credential: string | undefined
  readonly #scopes: ReadonlySet<Scope>
  constructor(token: typeof seal, claims: Claims) {
    if (token !== seal) throw new TypeError("exoclaw: principals are made by an Authenticator only")
    this.id = claims.id
    this.tenant = claims.tenant
    this.credential = claims.credential
    this.#scopes = new Set(claims.scopes)
    Object.freeze(this)
  }
  /** A brand check that no cast, clone or proxy passes. */
  static genuine(u: unknown): u is SealedPrincipal {
    return typeof u === "object" && u !== null && #scopes in u
  }
  /** True when it holds the scope itself, or `admin` for an operator's scope. */
  has(scope: Scope): boolean {
    return (
      this.#scopes.has(scope) || ((scope === "plugin:admin" || scope === "audit:read") && this.#scopes.has("admin"))
    )
  }
  get scopes(): ReadonlyArray<Scope> {
    return [...this.#scopes]
  }
}
// Nobody widens `has` or `genuine` for everybody by writing to what all principals share.
Object.freeze(SealedPrincipal)
Object.freeze(SealedPrincipal.prototype)
export type { SealedPrincipal }

/**
 * Who is acting, in `R`: every handler, turn and query that needs an identity requires it.
 * @effect-leakable-service
 */
export class Principal extends Context.Service<Principal, SealedPrincipal>()("exoclaw/identity/Principal") {}

/** The acting principal; dies on a forged one. */
export const currentPrincipal: Effect.Effect<SealedPrincipal, never, Principal> = Effect.map(Principal, (principal) => {
  if (!SealedPrincipal.genuine(principal)) throw new TypeError("exoclaw: forged Principal")
  return principal
})

/** True for principals that an authenticator made. */
export const isGenuine: (u: unknown) => u is SealedPrincipal = SealedPrincipal.genuine

/** For `Authenticator.ts` alone (held by the architecture test): seals verified claims. */
export const sealClaims = (claims: Claims): SealedPrincipal => new SealedPrincipal(seal, claims)
