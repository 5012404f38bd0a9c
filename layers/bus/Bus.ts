/** The bus of one process: its broker with what stands under it, and its door. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Audit } from "../../src/audit/Audit.ts"
import { Bridge } from "../../src/bus/Bridge.ts"
import type { Broker } from "../../src/bus/routing/Broker.ts"
import type { Casil } from "../../src/casil/Casil.ts"
import type { Entropy } from "../../src/domain/Entropy.ts"
import { Instance } from "../../src/domain/Instance.ts"
import type { BusDoor } from "../../src/gateway/BusDoor.ts"
import type { RateLimit } from "../../src/gateway/RateLimit.ts"
import * as Door from "./Door.ts"
import * as CasilInspection from "./inspection/CasilInspection.ts"
import * as MemoryHistory from "./MemoryHistory.ts"
import * as BrokerLayer from "./routing/Broker.ts"
import * as Telemetry from "./telemetry/Telemetry.ts"
import type { Options as TransportOptions } from "./transport/Transport.ts"

export interface Options {
  readonly broker: BrokerLayer.Options
  readonly memory: MemoryHistory.Options
  readonly inspection: CasilInspection.Options
  readonly transport: TransportOptions
}

export const layer = (
  options: Options
): Layer.Layer<Broker | BusDoor, never, Audit | Casil | Entropy | Instance | RateLimit> =>
  Door.layer(options.transport).pipe(
    Layer.provideMerge(BrokerLayer.layer(options.broker)),
    Layer.provide([
      MemoryHistory.layer(options.memory),
      CasilInspection.layer(options.inspection),
      Layer.unwrap(Effect.map(Instance, ({ id }) => Bridge.layerNone(id)))
    ]),
    Layer.provide(Telemetry.layer)
  )
