/** The bus as a protocol of a WebSocket listener. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Audit } from "../../../src/audit/Audit.ts"
import { Dispatcher } from "../../../src/bus/commands/Dispatcher.ts"
import { Broker } from "../../../src/bus/routing/Broker.ts"
import { BusTelemetry } from "../../../src/bus/telemetry/BusTelemetry.ts"
import * as Handshake from "../../../src/bus/transport/Handshake.ts"
import { Entropy } from "../../../src/domain/Entropy.ts"
import * as AuthBackoff from "../../../src/gateway/AuthBackoff.ts"
import * as ClientAddress from "../../../src/gateway/ClientAddress.ts"
import { RateLimit } from "../../../src/gateway/RateLimit.ts"
import type { SocketAccept } from "../../../src/gateway/SocketProtocol.ts"
import { Abuse } from "./Abuse.ts"
import { Flusher } from "./Flusher.ts"
import { type PlaceLimits, Places } from "./Places.ts"
import type { Offender } from "./Offender.ts"
import { Session } from "./Session.ts"
import type { Authenticate } from "../../../src/gateway/BusDoor.ts"
import type { SessionOptions, Shared } from "./Shared.ts"

export interface Options extends SessionOptions, PlaceLimits {}

/** What the listeners of one process share of it: places, rates, and who is blocked. */
export const make = Effect.fnUntraced(function* (options: Options) {
  const clock = yield* Clock.Clock
  const broker = yield* Broker
  const telemetry = yield* BusTelemetry
  const audit = yield* Audit
  const entropy = yield* Entropy
  const rates = yield* RateLimit
  const fork = Effect.runForkWith(yield* Effect.context<never>())

  const blocked = ({ principal, tenant, where }: Offender, millis: number) => {
    telemetry.count("blocked_client", tenant)
    fork(
      audit
        .append({ kind: "bus.blocked", tenant, principal, outcome: "temporarily_blocked", data: { millis, where } })
        .pipe(
          Effect.catch((error) => Effect.logError(error.message, error.cause)),
          Effect.andThen(
            Effect.logWarning(`A client of the bus is not heard for ${millis} ms after repeated mistakes.`)
          )
        )
    )
  }
  const shared: Omit<Shared, "authenticate"> = {
    options,
    broker,
    telemetry,
    rates,
    clock,
    fork,
    dispatcher: yield* Dispatcher,
    places: new Places(options),
    abuse: new Abuse({ policy: AuthBackoff.defaultPolicy, onBlock: blocked }, clock),
    flusher: new Flusher(),
    newConnectionId: entropy.id("conn"),
    reconnectAfter: () => 250 + Math.floor(Math.random() * 2_000),
    rateKeys: ({ id, remoteAddress }, principal) => ({
      address: ClientAddress.isLoopback(remoteAddress) ? undefined : ClientAddress.accountingKey(remoteAddress),
      tenant: principal.tenant,
      principal: `${principal.tenant}:${principal.id}`,
      connection: String(id)
    })
  }

  /** For one listener, with its own way to check a token that comes with the hello. */
  return (authenticate: Authenticate): SocketAccept => {
    const all: Shared = { ...shared, authenticate }
    return (connection, socket, subprotocol) => {
      const isJson = subprotocol === Handshake.subprotocols[1]
      const session = new Session(all, connection, socket, isJson ? 1 : 0)
      return {
        onText: isJson ? (text) => session.onText(text) : undefined,
        onBinary: isJson ? undefined : (bytes) => session.onBinary(bytes),
        onShutdown: () => session.onShutdown(),
        onClose: () => session.onClose()
      }
    }
  }
})
