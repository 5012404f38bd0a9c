/** The message bus as the listeners see it: a path with subprotocols of its own, or nothing where it is off. */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { SealedPrincipal } from "../identity/Principal.ts"
import type { Connection } from "./Connection.ts"
import type { SocketDoor } from "./SocketProtocol.ts"

/** Who holds a token that came with a hello; undefined where it is not valid. */
export type Authenticate = (
  token: Redacted.Redacted<string>,
  connection: Connection
) => Effect.Effect<SealedPrincipal | undefined>

export class BusDoor extends Context.Service<
  BusDoor,
  {
    /** For one listener, with its way to check a token. */
    readonly open: (authenticate: Authenticate) => SocketDoor | undefined
  }
>()("exoclaw/gateway/BusDoor") {
  static readonly layerOff: Layer.Layer<BusDoor> = Layer.succeed(BusDoor, { open: () => undefined })
}
