/** Closes live connections whose credential no longer holds, within a second (threats row 9). */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { closeCodes, Connections } from "../../src/gateway/Connection.ts"
import { Authenticator } from "../../src/identity/Authenticator.ts"
import type { SealedPrincipal } from "../../src/identity/Principal.ts"

/** Together with the authenticator's own half second this stays under one. */
const every = "400 millis"

export const layer: Layer.Layer<never, never, Authenticator | Connections> = Layer.effectDiscard(
  Effect.gen(function* () {
    const authenticator = yield* Authenticator
    const connections = yield* Connections
    const look = Effect.gen(function* () {
      // one question per credential, however many connections it has
      const live = new Map<string, SealedPrincipal>()
      for (const connection of connections.list()) {
        const principal = connection.principal()
        if (principal?.credential !== undefined) live.set(principal.credential, principal)
      }
      for (const [credential, principal] of live) {
        if (yield* authenticator.stillValid(principal)) continue
        yield* connections.closeWhere(
          (connection) => connection.principal()?.credential === credential,
          closeCodes.unauthenticated,
          "the token is no longer valid"
        )
      }
    })
    yield* Effect.forkScoped(Effect.repeat(look, Schedule.spaced(every)))
  })
)
