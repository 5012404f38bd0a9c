/** Compile-time promises about `Principal`: what stands here under an expected error must never compile. */
import * as Effect from "effect/Effect"
import type { PrincipalId, TenantId } from "../../src/domain/Ids.ts"
import { Authorizer } from "../../src/identity/Authorizer.ts"
import { currentPrincipal, Principal, type SealedPrincipal } from "../../src/identity/Principal.ts"

const needsNothing = (effect: Effect.Effect<unknown, unknown>): unknown => effect

// @ts-expect-error an identity is required and nobody gave one
export const forgotten = needsNothing(currentPrincipal)

// @ts-expect-error authorization requires an identity
export const unauthorized = needsNothing(Effect.flatMap(Authorizer, (authorizer) => authorizer.require("chat:send")))

declare const id: PrincipalId
declare const tenant: TenantId
const lookAlike = { id, tenant, credential: undefined, scopes: [], has: () => true }

// @ts-expect-error a look-alike has no seal
export const forged: SealedPrincipal = lookAlike

// @ts-expect-error nor is it accepted as the service
export const provided = Effect.provideService(currentPrincipal, Principal, lookAlike)

declare const genuine: SealedPrincipal

// @ts-expect-error a copy has lost the seal
export const copied: SealedPrincipal = { ...genuine }

export const rename = (principal: SealedPrincipal): void => {
  // @ts-expect-error a principal does not change
  principal.id = id
}

export const classless = (): unknown =>
  // @ts-expect-error the class is known as a type only
  new SealedPrincipal()

export const accepted: Effect.Effect<SealedPrincipal> = Effect.provideService(currentPrincipal, Principal, genuine)
