/** Named tokens as they are kept: as digests, never as themselves. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { TenantId } from "../domain/Ids.ts"
import type { OwnLimits } from "../domain/Limit.ts"
import type { IdentityError } from "./IdentityError.ts"
import type { Principal } from "./Principal.ts"
import type { Scope } from "./Scope.ts"
import type { TokenName, TokenRecord } from "./Token.ts"

export interface NewToken {
  readonly name: TokenName
  readonly tenant: TenantId
  readonly scopes: ReadonlyArray<Scope>
  readonly budget?: OwnLimits | undefined
  /** Unix milliseconds; never where absent. */
  readonly expiresAt?: number | undefined
}

/** The one moment in which a token's secret is known. */
export interface IssuedToken {
  readonly token: Redacted.Redacted<string>
  readonly record: TokenRecord
}

export class TokenStore extends Context.Service<
  TokenStore,
  {
    /** Makes a token. Fails where a live token has the name, or it is reserved. */
    readonly create: (token: NewToken) => Effect.Effect<IssuedToken, IdentityError, Principal>
    /** Makes a successor with the same name, tenant, scopes and budget; the old one ends after `overlapMillis`. */
    readonly rotate: (name: TokenName, overlapMillis: number) => Effect.Effect<IssuedToken, IdentityError, Principal>
    /** Ends every token of this name at once; false where none was live. */
    readonly revoke: (name: TokenName) => Effect.Effect<boolean, IdentityError, Principal>
    /** All tokens, also dead ones, newest first. */
    readonly list: Effect.Effect<ReadonlyArray<TokenRecord>, IdentityError>
    /** A token and the digest of its text (lower-case hex) by its id. */
    readonly find: (
      id: string
    ) => Effect.Effect<{ readonly record: TokenRecord; readonly digest: string } | undefined, IdentityError>
    /** What the holder of a tenant's token of this name may spend; of a dead one, where none is live. */
    readonly budgetOf: (tenant: TenantId, name: string) => Effect.Effect<OwnLimits | undefined, IdentityError>
    /** True where a live token has this digest. */
    readonly holds: (digest: string) => Effect.Effect<boolean, IdentityError>
    /** True where any token is live. */
    readonly any: Effect.Effect<boolean, IdentityError>
    /** Remembers that the token was used now, to the minute. */
    readonly used: (id: string) => Effect.Effect<void, IdentityError>
  }
>()("exoclaw/identity/TokenStore") {}
