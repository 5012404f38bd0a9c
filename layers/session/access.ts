/** Whose turns and sessions they are: the one rule for every method that names one. */
import * as Effect from "effect/Effect"
import type { TurnId } from "../../src/domain/Ids.ts"
import { currentPrincipal, type Principal, type SealedPrincipal } from "../../src/identity/Principal.ts"
import { NotFound, NotYours, SessionError } from "../../src/session/SessionError.ts"
import type { Asker, SessionStore } from "../../src/session/SessionStore.ts"

export const fail = (reason: SessionError["reason"]): SessionError => new SessionError({ reason })

/** Turns the store's error into the public one. */
export const journalled = <A, R>(
  effect: Effect.Effect<A, Extract<SessionError["reason"], { readonly _tag: "JournalUnavailable" }>, R>
): Effect.Effect<A, SessionError, R> => Effect.mapError(effect, fail)

export const askerOf = (principal: SealedPrincipal): Asker => ({
  tenant: principal.tenant,
  principal: principal.id,
  any: principal.has("session:any")
})

/** The turn, if the acting principal may see it; the same answer for "not there" and "not yours". */
export const visibleTurn = Effect.fnUntraced(function* (
  store: SessionStore["Service"],
  turn: TurnId
): Effect.fn.Return<NonNullable<Effect.Success<ReturnType<SessionStore["Service"]["peek"]>>>, SessionError, Principal> {
  const asker = askerOf(yield* currentPrincipal)
  const found = yield* journalled(store.peek(turn))
  const visible =
    found !== undefined &&
    found.tenant === asker.tenant &&
    (found.principal === asker.principal || found.shared || asker.any)
  if (!visible) return yield* fail(new NotFound({ what: "turn" }))
  return found
})

/**
 * The turn, if the acting principal may stop it or run it anew. Whoever takes part in a group reads along; a turn there
 * acts with its sender's scopes and is paid by its sender, so it is the sender's alone.
 */
export const ownTurn = Effect.fnUntraced(function* (
  store: SessionStore["Service"],
  turn: TurnId
): Effect.fn.Return<Effect.Success<ReturnType<typeof visibleTurn>>, SessionError, Principal> {
  const found = yield* visibleTurn(store, turn)
  const asker = askerOf(yield* currentPrincipal)
  if (found.principal !== asker.principal && !asker.any) return yield* fail(new NotYours({ what: "turn" }))
  return found
})
