/** The operator, for tests of secrets. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { PrincipalId, TenantId } from "../../src/domain/Ids.ts"
import { Authenticator } from "../../src/identity/Authenticator.ts"
import { Principal } from "../../src/identity/Principal.ts"
import * as TokenAuthenticator from "../../layers/identity/TokenAuthenticator.ts"

export const operator: Layer.Layer<Principal> = Layer.effect(
  Principal,
  Effect.map(Authenticator, (service) =>
    service.internal({ id: PrincipalId.make("token:operator"), tenant: TenantId.make("default"), scopes: ["admin"] })
  )
).pipe(Layer.provide(TokenAuthenticator.layerTest()))
