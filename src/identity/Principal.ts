/**
 * Who is acting. A `Principal` is made by an `Authenticator` (or, for work that starts inside, by
 * `Authenticator.internal`) and by nobody else.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { isGenuine, type SealedPrincipal } from "./SealedPrincipal.ts"

export { type Claims, isGenuine, type SealedPrincipal } from "./SealedPrincipal.ts"

/**
 * Who is acting, in `R`: every handler, turn and query that needs an identity requires it.
 * @effect-leakable-service
 */
export class Principal extends Context.Service<Principal, SealedPrincipal>()("exoclaw/identity/Principal") {}

/** The acting principal; dies on a forged one. */
export const currentPrincipal: Effect.Effect<SealedPrincipal, never, Principal> = Effect.map(Principal, (principal) => {
  if (!isGenuine(principal)) throw new TypeError("exoclaw: forged Principal")
  return principal
})
