/** Whoever runs a command that works on its own, as a principal: there is no door to come in by. */
import * as Effect from "effect/Effect"
import { defaultTenant, PrincipalId } from "../../src/domain/Ids.ts"
import { Authenticator, Unauthenticated } from "../../src/identity/Authenticator.ts"
import type { SealedPrincipal } from "../../src/identity/Principal.ts"
import type { Scope } from "../../src/identity/Scope.ts"

const noDoor = Authenticator.layerWith(
  Effect.succeed({
    verify: () => Effect.fail(new Unauthenticated({ message: "There is no door here." })),
    valid: () => Effect.succeed(false)
  })
)

export const insider = (scope: Scope): Effect.Effect<SealedPrincipal> =>
  Effect.map(Authenticator, (authenticator) =>
    authenticator.internal({ id: PrincipalId.make("local"), tenant: defaultTenant, scopes: [scope] })
  ).pipe(Effect.provide(noDoor))
