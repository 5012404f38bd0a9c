/** `system:telemetry`: each tenant's numbers for its operators, while somebody listens. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { ChannelName, systemRoom } from "../../../src/bus/ChannelName.ts"
import { Broker } from "../../../src/bus/routing/Broker.ts"
import type { Tenant } from "../../../src/bus/routing/Tenant.ts"
import { BusTelemetry } from "../../../src/bus/telemetry/BusTelemetry.ts"
import * as Metrics from "../../../src/domain/Metrics.ts"

const every = "5 seconds"
/** Channels that are named, the busiest first. */
const named = 20
const channel = ChannelName.make("telemetry")
const sender = { principal: "system", connection: "", type: "service", name: "telemetry" } as const

export const layer: Layer.Layer<never, never, Broker | BusTelemetry> = Layer.effectDiscard(
  Effect.gen(function* () {
    const broker = yield* Broker
    const telemetry = yield* BusTelemetry

    const publish = Effect.fnUntraced(function* ({ channelCount, connections, id: tenant, queuedBytes }: Tenant) {
      Metrics.busConnections.recordUnsafe({ tenant }, connections)
      Metrics.busQueued.recordUnsafe({ tenant }, queuedBytes)
      const to = { tenant, room: systemRoom, channel }
      if (!broker.listens(to)) return
      const channels = broker.usage(tenant, named)
      const body = JSON.stringify({
        node: broker.node,
        connections,
        channels: channelCount,
        queuedBytes,
        busiest: channels,
        ...(yield* broker.health),
        ...telemetry.snapshot(tenant)
      })
      const content = { body, contentType: "application/json", headers: {}, key: "", annotations: undefined }
      yield* broker.post({ channel: to, sender, id: "", content, inspected: true })
    })

    const look = Effect.gen(function* () {
      const { bridge, history } = yield* broker.health
      Metrics.busHealth.recordUnsafe({ part: "history", backend: history.backend }, history.degraded ? 0 : 1)
      if (bridge !== undefined)
        Metrics.busHealth.recordUnsafe({ part: "bridge", backend: bridge.backend }, bridge.connected ? 1 : 0)
      yield* Effect.forEach(broker.tenants(), publish, { discard: true })
    })
    // whatever goes wrong here touches nobody
    yield* Effect.forkScoped(Effect.repeat(Effect.ignoreCause(look), Schedule.spaced(every)))
  })
)
