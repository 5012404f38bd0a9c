/** A broker of one node over memory, for tests. */
import * as Layer from "effect/Layer"
import * as MemoryAudit from "../../layers/audit/MemoryAudit.ts"
import * as MemoryHistory from "../../layers/bus/MemoryHistory.ts"
import * as BrokerLayer from "../../layers/bus/routing/Broker.ts"
import * as Telemetry from "../../layers/bus/telemetry/Telemetry.ts"
import * as NodeEntropy from "../../layers/platform/NodeEntropy.ts"
import { Bridge } from "../../src/bus/Bridge.ts"
import { BusInspection } from "../../src/bus/inspection/BusInspection.ts"
import { BusTelemetry } from "../../src/bus/telemetry/BusTelemetry.ts"
import * as Effect from "effect/Effect"
import { memoryOptions } from "./options.ts"

export const brokerOf = (
  changes: Partial<BrokerLayer.Options> = {},
  telemetry: Layer.Layer<BusTelemetry> = Telemetry.layer,
  bridge: Layer.Layer<Bridge> = Bridge.layerNone("node")
) =>
  BrokerLayer.layer({ ...memoryOptions().broker, ...changes }).pipe(
    Layer.provideMerge(telemetry),
    Layer.provide([
      MemoryHistory.layer(),
      bridge,
      Layer.succeed(BusInspection, {
        covers: () => false,
        names: () => Effect.void,
        screen: (content) => Effect.succeed({ content, note: undefined })
      }),
      MemoryAudit.layerMemory
    ]),
    Layer.provideMerge(NodeEntropy.layer)
  )
