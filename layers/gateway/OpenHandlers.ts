/** Methods that need no principal; the same on both listeners. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { AuthBackoff } from "../../src/gateway/AuthBackoff.ts"
import { isLoopback } from "../../src/gateway/ClientAddress.ts"
import { OpenRpcs } from "../../src/gateway/ClientRpcs.ts"
import { Connections } from "../../src/gateway/Connection.ts"
import { RateLimited, Unauthorized, Unavailable } from "../../src/gateway/GatewayError.ts"
import { GatewayStatus } from "../../src/gateway/GatewayStatus.ts"
import * as OpenRpc from "../../src/gateway/OpenRpc.ts"
import { OperatorProof } from "../../src/identity/OperatorProof.ts"
import { Authenticator } from "../../src/identity/Authenticator.ts"
import type { SealedPrincipal } from "../../src/identity/Principal.ts"

const identity = (principal: SealedPrincipal) => ({
  id: principal.id,
  tenant: principal.tenant,
  scopes: [...principal.scopes]
})

const unproven = new Unauthorized({ message: "This gateway proves nothing to this address." })
const gone = new Unauthorized({ message: "The connection has closed." })

export const layer = OpenRpcs.toLayer(
  Effect.gen(function* () {
    const authenticator = yield* Authenticator
    const backoff = yield* AuthBackoff
    const connections = yield* Connections
    const operatorProof = yield* OperatorProof
    const status = yield* GatewayStatus
    return OpenRpcs.of({
      "auth.login": Effect.fn("Gateway.login")(function* ({ token }, { client }) {
        const connection = connections.get(client.id)
        if (connection === undefined) return yield* gone
        const principal = yield* backoff
          .attempt(
            connection.remoteAddress,
            authenticator.authenticate({
              token: Redacted.make(token),
              remoteAddress: connection.remoteAddress,
              loopback: isLoopback(connection.remoteAddress),
              listener: connection.listener
            })
          )
          .pipe(
            Effect.catchTag("LockedOut", ({ message, retryAfterMillis }) =>
              Effect.fail(new RateLimited({ message, retryAfterMs: Math.ceil(retryAfterMillis) }))
            ),
            Effect.catchTag("Unauthenticated", ({ message }) => Effect.fail(new Unauthorized({ message }))),
            Effect.catchTag("NobodyNow", ({ message }) => Effect.fail(new Unavailable({ message })))
          )
        connection.authenticate(principal)
        return identity(principal)
      }),
      "auth.prove": Effect.fnUntraced(function* ({ challenge }, { client }) {
        const connection = connections.get(client.id)
        if (connection === undefined) return yield* gone
        const { bound, remoteAddress } = connection
        // a token that a person chose might be guessed from proofs at leisure: nobody from elsewhere collects any
        const isHere = isLoopback(remoteAddress) || remoteAddress === bound.host
        const proof = isHere ? yield* operatorProof.prove({ port: bound.port, challenge }) : undefined
        return proof === undefined ? yield* unproven : { proof }
      }),
      ping: () => Effect.map(Clock.currentTimeMillis, (at) => ({ pong: true as const, at })),
      status: Effect.fnUntraced(function* (_, { client }) {
        const connection = connections.get(client.id)
        const principal = connection?.principal()
        const url = connection?.listener === "operator" ? status.clientUrl() : undefined
        return {
          version: status.version,
          ready: status.isReady(),
          uptimeMs: (yield* Clock.currentTimeMillis) - status.startedAt,
          authenticated: principal === undefined ? null : identity(principal),
          ...(url === undefined ? {} : { client: url })
        }
      }),
      "rpc.discover": (_, { client }) =>
        Effect.sync(() => OpenRpc.document(connections.get(client.id)?.listener ?? "client", status.version))
    })
  })
)
