/** The middleware of every method that needs a principal: who is it, may it, and not too often. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Connections } from "../../src/gateway/Connection.ts"
import { Forbidden, RateLimited, Unauthorized, Unavailable } from "../../src/gateway/GatewayError.ts"
import { RateLimit } from "../../src/gateway/RateLimit.ts"
import { Guarded, RequiredScope } from "../../src/gateway/ScopedRpc.ts"
import { Authorizer } from "../../src/identity/Authorizer.ts"
import { isGenuine, Principal } from "../../src/identity/Principal.ts"

const anonymous = new Unauthorized({
  message: "This connection has not authenticated. Send auth.login, or a Bearer token on the upgrade."
})
const unscoped = new Forbidden({ scope: null, message: "This method is not open to anybody." })

export const layer: Layer.Layer<Guarded, never, Authorizer | Connections | RateLimit> = Layer.effect(
  Guarded,
  Effect.gen(function* () {
    const authorizer = yield* Authorizer
    const connections = yield* Connections
    const rates = yield* RateLimit
    return (effect, { client, rpc }) =>
      Effect.suspend(() => {
        const connection = connections.get(client.id)
        const principal = connection?.principal()
        const scope = Context.get(rpc.annotations, RequiredScope)
        if (!isGenuine(principal)) {
          const message = connection?.nobodyNow
          return Effect.fail(message === undefined ? anonymous : new Unavailable({ message }))
        }
        if (scope === undefined) return Effect.fail(unscoped)
        const wait = rates.take({ principal: principal.id })
        if (wait > 0) {
          const message = `Too many requests. Try again in ${Math.ceil(wait)} ms.`
          return Effect.fail(new RateLimited({ message, retryAfterMs: Math.ceil(wait) }))
        }
        return authorizer.require(scope).pipe(
          Effect.mapError((error) => new Forbidden({ scope: error.scope, message: error.message })),
          Effect.andThen(effect),
          Effect.provideService(Principal, principal)
        )
      })
  })
)
