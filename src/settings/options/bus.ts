/** `[bus]` as the layers take it. Pure. */
import type { RatePolicy } from "../../gateway/RateLimit.ts"
import type { SettingsValues } from "../Settings.ts"

const policy = (perSecond: number): RatePolicy => ({ perSecond, burst: 2 * perSecond })

export const ratePolicies = ({ bus: { limits } }: SettingsValues) => ({
  address: policy(limits.rate.address),
  tenant: policy(limits.rate.tenant),
  principal: policy(limits.rate.principal),
  connection: policy(limits.rate.connection)
})

/** Messages that one join recovers at most; the rest is skipped, and can be read with the history command. */
const mostRecovered = 10_000

/** In channels with more members nobody is told who comes and goes. */
const mostPresence = 1000

export const brokerOptions = ({ bus: { limits }, casil }: SettingsValues) => ({
  showNotes: casil.expose_metadata_to_clients,
  maxChannels: limits.max_channels,
  maxJoins: limits.max_joins,
  maxPresence: mostPresence,
  maxRecovered: Math.min(mostRecovered, Math.max(1, limits.keep_messages)),
  settings: {
    overflow: "cut" as const,
    keepMessages: limits.keep_messages,
    keepSeconds: limits.keep_seconds
  }
})

export const memoryOptions = ({ bus: { limits } }: SettingsValues) => ({
  window: { millis: limits.repeat_seconds * 1000, keys: 10_000 },
  maxTenantBytes: limits.keep_bytes
})

/** The history's server, if one is configured. */
export const redisOptions = ({ bus: { redis } }: SettingsValues) =>
  redis === undefined ? undefined : { url: redis.url, prefix: redis.prefix }

/** The way to other nodes, if there are any. */
export const natsOptions = ({ bus: { nats } }: SettingsValues) =>
  nats === undefined
    ? undefined
    : {
        url: nats.url,
        node: nats.node,
        stream: nats.jetstream ? nats.stream : undefined,
        keepMillis: nats.keep_seconds * 1000,
        keepBytes: nats.keep_bytes
      }

/** Requests of one connection that run at once. */
const mostInFlight = 1024

/** Milliseconds between two pings of a listener. */
const heartbeatMillis = 30_000

export const transportOptions = ({ bus: { allow_json, limits }, gateway }: SettingsValues) => {
  const maxFrameBytes = Math.min(limits.max_frame_bytes, gateway.limits.max_frame_bytes)
  return {
    allowJson: allow_json,
    helloMillis: limits.handshake_deadline * 1000,
    maxFrameBytes,
    maxQueueBytes: limits.max_queue_bytes,
    maxInFlight: mostInFlight,
    maxConnectionsPerTenant: limits.max_connections_per_tenant,
    maxConnectionsPerPrincipal: limits.max_connections_per_principal,
    limits: {
      maxFrameBytes,
      maxQueueBytes: limits.max_queue_bytes,
      maxJoins: limits.max_joins,
      publishesPerSecond: limits.rate.connection,
      heartbeatMillis
    }
  }
}
