/** The message bus as the configuration has it, or none. */
import * as Layer from "effect/Layer"
import { join } from "node:path"
import { BusDoor } from "../../src/gateway/BusDoor.ts"
import { BusPublisher } from "../../src/sandbox/BusPublisher.ts"
import * as bus from "../../src/settings/options/bus.ts"
import { casilPolicy } from "../../src/settings/options/casil.ts"
import type { SettingsShape, SettingsValues } from "../../src/settings/Settings.ts"
import { outageFile } from "../../src/settings/StateFiles.ts"
import * as Bus from "../bus/Bus.ts"
import * as PluginBus from "../bus/inside/PluginBus.ts"
import * as RateLimit from "../http/RateLimit.ts"

const none = { include: [], exclude: [] }

/** With rates of its own: what is taken on the bus does not count against the gateway's methods. */
const serving = (values: SettingsValues, stateDir: string) => {
  const transport = bus.transportOptions(values)
  const policy = casilPolicy(values)
  const redis = bus.redisOptions(values)
  return PluginBus.layer({ maxBytes: transport.maxFrameBytes }).pipe(
    Layer.provideMerge(
      Bus.layer({
        broker: bus.brokerOptions(values),
        memory: bus.memoryOptions(values),
        redis: redis === undefined ? undefined : { ...redis, outageFile: join(stateDir, outageFile) },
        nats: bus.natsOptions(values),
        inspection: { scope: values.casil.enabled ? policy.scope : none, notes: policy.metadata.history },
        transport
      })
    ),
    Layer.provide(RateLimit.layerWith({ policies: bus.ratePolicies(values) }))
  )
}

const off = Layer.merge(BusDoor.layerOff, BusPublisher.layerOff)

/** For the listeners and for plugins. */
export const layer = ({ stateDir, values }: Pick<SettingsShape, "stateDir" | "values">) =>
  values.bus.enabled ? serving(values, stateDir) : off
