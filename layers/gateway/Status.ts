/** The gateway's own state, in memory. */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { GatewayStatus } from "../../src/gateway/GatewayStatus.ts"
import { version } from "../platform/Package.ts"

export const layer: Layer.Layer<GatewayStatus> = Layer.effect(
  GatewayStatus,
  Effect.gen(function* () {
    const startedAt = yield* Clock.currentTimeMillis
    const stopped = yield* Deferred.make<void>()
    let ready = false
    let clientUrl: string | undefined
    return {
      version,
      startedAt,
      isReady: () => ready,
      setReady: (now) => {
        ready = now
      },
      clientUrl: () => clientUrl,
      setClientUrl: (url) => {
        clientUrl = url
      },
      stop: Effect.asVoid(Deferred.succeed(stopped, undefined)),
      awaitStop: Deferred.await(stopped)
    }
  })
)
