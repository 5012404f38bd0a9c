/** The bus at a listener: what speaks with clients loads when the first one comes. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Audit } from "../../src/audit/Audit.ts"
import type { Dispatcher } from "../../src/bus/commands/Dispatcher.ts"
import type { Broker } from "../../src/bus/routing/Broker.ts"
import type { BusTelemetry } from "../../src/bus/telemetry/BusTelemetry.ts"
import * as Handshake from "../../src/bus/transport/Handshake.ts"
import type { Entropy } from "../../src/domain/Entropy.ts"
import { BusDoor } from "../../src/gateway/BusDoor.ts"
import type { RateLimit } from "../../src/gateway/RateLimit.ts"
import type { Options } from "./transport/Transport.ts"

const refusal = `The bus speaks the subprotocols ${Handshake.subprotocols.join(" and ")}.`

export const layer = (
  options: Options
): Layer.Layer<BusDoor, never, Audit | Broker | BusTelemetry | Dispatcher | Entropy | RateLimit> =>
  Layer.effect(
    BusDoor,
    Effect.gen(function* () {
      const services = yield* Effect.context<Audit | Broker | BusTelemetry | Dispatcher | Entropy | RateLimit>()
      const transport = yield* Effect.cached(
        Effect.promise(() => import("./transport/Transport.ts")).pipe(
          Effect.flatMap(({ make }) => make(options)),
          Effect.provideContext(services)
        )
      )
      return {
        open: (authenticate) => ({
          choose: Handshake.choose,
          refusal,
          accept: Effect.map(transport, (accept) => accept(authenticate))
        })
      }
    })
  )
