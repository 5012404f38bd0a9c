/** What the connections of one listener share. */
import type { Clock } from "effect/Clock"
import type * as Effect from "effect/Effect"
import type { Dispatcher } from "../../../src/bus/commands/Dispatcher.ts"
import type { Limits } from "../../../src/bus/Event.ts"
import type { Broker } from "../../../src/bus/routing/Broker.ts"
import type { BusTelemetry } from "../../../src/bus/telemetry/BusTelemetry.ts"
import type { Authenticate } from "../../../src/gateway/BusDoor.ts"
import type { Connection } from "../../../src/gateway/Connection.ts"
import type { RateKeys, RateLimit } from "../../../src/gateway/RateLimit.ts"
import type { SealedPrincipal } from "../../../src/identity/Principal.ts"
import type { Abuse } from "./Abuse.ts"
import type { Flusher } from "./Flusher.ts"
import type { Places } from "./Places.ts"

export interface SessionOptions {
  readonly allowJson: boolean
  /** Milliseconds from the handshake to the hello. */
  readonly helloMillis: number
  readonly maxFrameBytes: number
  readonly maxQueueBytes: number
  /** Requests of one connection that run at once. */
  readonly maxInFlight: number
  /** As a welcome tells them. */
  readonly limits: Limits
}

export interface Shared {
  readonly options: SessionOptions
  readonly broker: Broker["Service"]
  readonly dispatcher: Dispatcher["Service"]
  readonly telemetry: BusTelemetry["Service"]
  readonly rates: RateLimit["Service"]
  readonly places: Places
  readonly abuse: Abuse
  readonly flusher: Flusher
  readonly clock: Clock
  readonly authenticate: Authenticate
  readonly rateKeys: (connection: Connection, principal: SealedPrincipal) => RateKeys
  readonly newConnectionId: Effect.Effect<string>
  /** Milliseconds that a client should wait before it comes back, different for each. */
  readonly reconnectAfter: () => number
  readonly fork: (effect: Effect.Effect<void>) => void
}
