/** The bus of one process: its broker with what stands under it, and its door. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Audit } from "../../src/audit/Audit.ts"
import { Bridge } from "../../src/bus/Bridge.ts"
import type { History } from "../../src/bus/History.ts"
import type { Broker } from "../../src/bus/routing/Broker.ts"
import type { Casil } from "../../src/casil/Casil.ts"
import type { Entropy } from "../../src/domain/Entropy.ts"
import { Instance } from "../../src/domain/Instance.ts"
import type { BusDoor } from "../../src/gateway/BusDoor.ts"
import type { RateLimit } from "../../src/gateway/RateLimit.ts"
import * as Dispatcher from "./commands/Dispatcher.ts"
import * as Door from "./Door.ts"
import * as CasilInspection from "./inspection/CasilInspection.ts"
import * as SystemTelemetry from "./inside/SystemTelemetry.ts"
import * as TurnEvents from "./inside/TurnEvents.ts"
import * as MemoryHistory from "./MemoryHistory.ts"
import type * as NatsBridge from "./NatsBridge.ts"
import type * as RedisHistory from "./RedisHistory.ts"
import * as BrokerLayer from "./routing/Broker.ts"
import * as Telemetry from "./telemetry/Telemetry.ts"
import type { Options as TransportOptions } from "./transport/Transport.ts"

export interface Options {
  readonly broker: BrokerLayer.Options
  /** Keeps the history instead of memory, which then stands in for it. */
  readonly redis?: Omit<RedisOptions, "memory"> | undefined
  /** Reaches other nodes; without it there are none. */
  readonly nats?: NatsOptions | undefined
  readonly memory: MemoryHistory.Options
  readonly inspection: CasilInspection.Options
  readonly transport: TransportOptions
}

type RedisOptions = Parameters<typeof RedisHistory.layer>[0]
type NatsOptions = Parameters<typeof NatsBridge.layer>[0]

/** What is not configured is not loaded. */
const history = ({ memory, redis }: Options): Layer.Layer<History, never, Entropy> =>
  redis === undefined
    ? MemoryHistory.layer(memory)
    : Layer.unwrap(
        Effect.map(
          Effect.promise(() => import("./RedisHistory.ts")),
          (late) => late.layer({ ...redis, memory })
        )
      )

const bridge = ({ nats }: Options): Layer.Layer<Bridge, never, Instance> =>
  nats === undefined
    ? Layer.unwrap(Effect.map(Instance, ({ id }) => Bridge.layerNone(id)))
    : Layer.unwrap(
        Effect.map(
          Effect.promise(() => import("./NatsBridge.ts")),
          (late) => late.layer(nats)
        )
      )

export const layer = (
  options: Options
): Layer.Layer<Broker | BusDoor, never, Audit | Casil | Entropy | Instance | RateLimit> =>
  Layer.mergeAll(Door.layer(options.transport), SystemTelemetry.layer, TurnEvents.layer).pipe(
    Layer.provide(Dispatcher.layer),
    Layer.provideMerge(BrokerLayer.layer(options.broker)),
    Layer.provide([history(options), CasilInspection.layer(options.inspection), bridge(options)]),
    Layer.provide(Telemetry.layer)
  )
