/** Refusals in the audit log: one for each principal, action and channel in a minute, and not more in all than it bears. */
import * as Effect from "effect/Effect"
import type { Clock } from "effect/Clock"
import type { Audit } from "../../../src/audit/Audit.ts"
import { type ChannelRef, show } from "../../../src/bus/ChannelName.ts"
import type { Action } from "../../../src/bus/routing/Access.ts"
import type { Link } from "../../../src/bus/routing/Broker.ts"

/** Of a clock that nobody sets. */
const everyNanos = 60_000_000_000n
/** Different refusals in a minute; beyond them only the counters know. */
const most = 1000

export const make = (audit: Audit["Service"], clock: Clock) => {
  const told = new Set<string>()
  let since: bigint | undefined
  return (link: Link, action: Action, channel: ChannelRef): Effect.Effect<void> =>
    Effect.suspend(() => {
      const now = clock.monotonicTimeNanosUnsafe()
      if (since === undefined || now - since >= everyNanos) {
        told.clear()
        since = now
      }
      const { principal } = link.subscriber.member
      const key = `${channel.tenant}\n${principal}\n${action}\n${show(channel)}`
      if (told.has(key) || told.size >= most) return Effect.void
      told.add(key)
      return audit
        .append({
          kind: "bus.refused",
          tenant: channel.tenant,
          principal,
          outcome: "forbidden",
          data: { action, room: channel.room, channel: channel.channel }
        })
        .pipe(Effect.catch((error) => Effect.logError(error.message, error.cause)))
    })
}
