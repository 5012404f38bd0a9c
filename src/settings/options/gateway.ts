/** `[gateway]` as the listeners take it. Pure. */
import type { RatePolicy } from "../../gateway/RateLimit.ts"
import type { SettingsValues } from "../Settings.ts"

/** True where only this machine can reach the address. */
export const isLoopbackBind = (bind: string): boolean =>
  bind === "localhost" || bind === "::1" || /^127(?:\.\d{1,3}){3}$/.test(bind)

/** Bounds of the listeners that the file sets; bytes, milliseconds and counts. */
export const listenerLimits = ({ gateway: { bind, limits } }: SettingsValues) => ({
  maxConnections: limits.max_connections,
  // behind a loopback bind every connection comes from one address
  maxConnectionsPerAddress: isLoopbackBind(bind) ? limits.max_connections : limits.max_connections_per_ip,
  maxFrame: limits.max_frame_bytes,
  maxFrameUnauthenticated: Math.min(65_536, limits.max_frame_bytes),
  maxBody: limits.max_frame_bytes,
  authTimeout: limits.auth_deadline * 1000,
  maxBuffered: limits.max_queue_bytes
})

const policy = (perSecond: number): RatePolicy => ({ perSecond, burst: 2 * perSecond })

export const ratePolicies = ({ gateway: { limits } }: SettingsValues) => ({
  address: policy(limits.rate.address),
  principal: policy(limits.rate.principal),
  connection: policy(limits.rate.connection)
})
