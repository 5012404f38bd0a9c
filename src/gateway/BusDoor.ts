/** The message bus as the listeners see it: a path with subprotocols of its own, or nothing where it is off. */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { NotLetIn } from "../identity/Authenticator.ts"
import type { SealedPrincipal } from "../identity/Principal.ts"
import type { LockedOut } from "./AuthBackoff.ts"
import type { Connection } from "./Connection.ts"
import type { SocketDoor } from "./SocketProtocol.ts"

/** Who holds a token that came with a hello, or why nobody is let in by it. */
export type Authenticate = (
  token: Redacted.Redacted<string>,
  connection: Connection
) => Effect.Effect<SealedPrincipal, NotLetIn | LockedOut>

export class BusDoor extends Context.Service<
  BusDoor,
  {
    /** For one listener, with its way to check a token. */
    readonly open: (authenticate: Authenticate) => SocketDoor | undefined
  }
>()("exoclaw/gateway/BusDoor") {
  static readonly layerOff: Layer.Layer<BusDoor> = Layer.succeed(BusDoor, { open: () => undefined })
}
