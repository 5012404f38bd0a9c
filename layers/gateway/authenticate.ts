/** Who connects: by the header of a handshake, by nothing where loopback needs nothing, or by a hello of the bus. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { AuthBackoff } from "../../src/gateway/AuthBackoff.ts"
import { BusDoor } from "../../src/gateway/BusDoor.ts"
import * as ClientAddress from "../../src/gateway/ClientAddress.ts"
import type { ConnectionInfo } from "../../src/gateway/Connection.ts"
import { Authenticator, Unauthenticated } from "../../src/identity/Authenticator.ts"

const bearer = /^bearer +(\S+)$/i

/**
 * A Bearer token decides at once. Without any header a peer may still log in by its first frame; where loopback needs
 * no token, it is `local` from the start.
 */
export const authenticate = (authenticator: Authenticator["Service"], listener: "client" | "operator") =>
  Effect.fnUntraced(function* (info: ConnectionInfo) {
    const { authorization, remoteAddress } = info
    const where = { remoteAddress, loopback: ClientAddress.isLoopback(remoteAddress), listener, connection: info }
    if (authorization === undefined) {
      if (listener === "operator" || !where.loopback) return undefined
      // who is not `local` may still log in
      return yield* Effect.catchTag(authenticator.authenticate(where), "Unauthenticated", () => Effect.undefined)
    }
    const token = bearer.exec(authorization)?.[1]
    if (token === undefined) return yield* new Unauthenticated({ message: "A valid token is needed." })
    return yield* authenticator.authenticate({ ...where, token: Redacted.make(token) })
  })

/** The bus of one listener; a token that comes with a hello counts towards the listener's lock. */
export const busPath = (listener: "client" | "operator") =>
  Effect.gen(function* () {
    const authenticator = yield* Authenticator
    const lock = yield* AuthBackoff
    const door = (yield* BusDoor).open((token, connection) => {
      const { remoteAddress } = connection
      const loopback = ClientAddress.isLoopback(remoteAddress)
      const credential = { token, remoteAddress, loopback, listener, connection }
      return lock.attempt(remoteAddress, authenticator.authenticate(credential))
    })
    return door === undefined ? {} : { "/bus": door }
  })
