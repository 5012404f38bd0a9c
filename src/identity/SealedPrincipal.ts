/**
 * The proof of identity, with what makes one: for `Authenticator.ts` alone (held by the architecture test), and no export
 * of the package. Everybody else has `Principal.ts`. Look-alikes die at `isGenuine`.
 */
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

/** True for principals that an authenticator made. */
export const isGenuine: (u: unknown) => u is SealedPrincipal = SealedPrincipal.genuine

/** Seals verified claims. */
export const sealClaims = (claims: Claims): SealedPrincipal => new SealedPrincipal(seal, claims)
