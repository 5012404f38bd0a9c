/** The gateway's own state: since when it runs, and whether it takes work. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

export class GatewayStatus extends Context.Service<
  GatewayStatus,
  {
    readonly version: string
    /** Unix milliseconds. */
    readonly startedAt: number
    /** False while starting and while draining. */
    readonly isReady: () => boolean
    readonly setReady: (ready: boolean) => void
    /** Where the client listener is, once it is open. */
    readonly clientUrl: () => string | undefined
    readonly setClientUrl: (url: string) => void
    /** Asks the program to end; `awaitStop` answers. */
    readonly stop: Effect.Effect<void>
    readonly awaitStop: Effect.Effect<void>
  }
>()("exoclaw/gateway/GatewayStatus") {}
