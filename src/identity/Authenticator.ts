/**
 * Who is at the door. One service for every door, swappable as a Layer: an implementation says what a credential
 * claims, this module turns the claims into a `Principal`.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Redacted from "effect/Redacted"
import { PrincipalId, TenantId } from "../domain/Ids.ts"
import type { Claims, SealedPrincipal } from "./Principal.ts"
import { sealClaims } from "./SealedPrincipal.ts"
import { Scope } from "./Scope.ts"

/** The credential is missing, wrong, expired or revoked. The text never says which: a peer reads it. */
export class Unauthenticated extends Schema.TaggedError<Unauthenticated>()("Unauthenticated", {
  message: Schema.String
}) {}

/**
 * Nobody can be let in now, whoever it is: what they do could not be recorded. It says nothing about the credential, so it
 * is no failed attempt. The text names the cause and what to do, and no place on this machine: a peer reads it.
 */
export class NobodyNow extends Schema.TaggedError<NobodyNow>()("NobodyNow", { message: Schema.String }) {}

/** Why a peer is not let in. */
export type NotLetIn = Unauthenticated | NobodyNow

/** What a door has of its peer. */
export interface Credential {
  /** Bearer token or first-frame token, when one was sent. */
  readonly token?: Redacted.Redacted<string> | undefined
  /** IP address of the peer. */
  readonly remoteAddress: string
  readonly loopback: boolean
  /** `client` or `operator`: loopback without a token is a principal on the first only. */
  readonly listener: "client" | "operator"
  /** The peer's connection as an object: its acceptance is recorded once, however many requests it carries. */
  readonly connection?: object | undefined
}

class SealedAuthenticator {
  readonly #verify: (credential: Credential) => Effect.Effect<Claims, NotLetIn>
  readonly #valid: (credential: string) => Effect.Effect<boolean>
  constructor(
    verify: (credential: Credential) => Effect.Effect<Claims, NotLetIn>,
    valid: (credential: string) => Effect.Effect<boolean>
  ) {
    this.#verify = verify
    this.#valid = valid
  }
  /** The principal behind a credential. */
  authenticate(credential: Credential): Effect.Effect<SealedPrincipal, NotLetIn> {
    return Effect.flatMap(this.#verify(credential), (claims) =>
      Effect.mapBoth(decodeClaims(claims), {
        onFailure: () => new Unauthenticated({ message: "The authenticator returned invalid claims." }),
        onSuccess: (valid) => sealClaims({ ...valid, credential: claims.credential })
      })
    )
  }
  /** Whether a live connection's credential still holds; asked again within a second (threats row 9). */
  stillValid(principal: SealedPrincipal): Effect.Effect<boolean> {
    return principal.credential === undefined ? Effect.succeed(true) : this.#valid(principal.credential)
  }
  /** A principal for work that starts inside the gateway (a schedule, a recovered turn). */
  internal(claims: Claims): SealedPrincipal {
    return sealClaims(claims)
  }
}

const ClaimsSchema = Schema.Struct({ id: PrincipalId, tenant: TenantId, scopes: Schema.Array(Scope) })
const decodeClaims = Schema.decodeUnknownEffect(ClaimsSchema)

export class Authenticator extends Context.Service<Authenticator, SealedAuthenticator>()(
  "exoclaw/identity/Authenticator"
) {
  /**
   * An authenticator out of two functions: `verify` gives the claims of a credential, `valid` tells whether a
   * credential's digest (`Claims.credential`) still holds.
   */
  static readonly layerWith = <E, R>(
    make: Effect.Effect<
      {
        readonly verify: (credential: Credential) => Effect.Effect<Claims, NotLetIn>
        readonly valid: (credential: string) => Effect.Effect<boolean>
      },
      E,
      R
    >
  ): Layer.Layer<Authenticator, E, R> =>
    Layer.effect(
      Authenticator,
      Effect.map(make, ({ verify, valid }) => new SealedAuthenticator(verify, valid))
    )
}
