/**
 * Token buckets per IP address, tenant, principal and connection. The arithmetic is pure; `RateLimit` keeps the buckets in
 * bounded tables, so that a flood of new keys costs no memory.
 */
import * as Context from "effect/Context"
import type { SealedPrincipal } from "../identity/Principal.ts"
import * as ClientAddress from "./ClientAddress.ts"
import type { ConnectionInfo } from "./Connection.ts"

export interface RatePolicy {
  /** Messages a second, sustained. */
  readonly perSecond: number
  /** Messages at once, after a pause. */
  readonly burst: number
}

export interface Bucket {
  /** Messages left at `at`; may be fractional. */
  readonly tokens: number
  /** Milliseconds of a clock that never goes back. */
  readonly at: number
}

export const full = (policy: RatePolicy, now: number): Bucket => ({ tokens: policy.burst, at: now })

/** The bucket at `now`, refilled. */
export const refill = (bucket: Bucket, policy: RatePolicy, now: number): Bucket => {
  const gained = (Math.max(0, now - bucket.at) / 1000) * policy.perSecond
  return { tokens: Math.min(policy.burst, bucket.tokens + gained), at: Math.max(bucket.at, now) }
}

/** Milliseconds until the (refilled) bucket can pay; 0 when it can now. */
export const waitMillis = (bucket: Bucket, policy: RatePolicy, cost: number): number =>
  bucket.tokens >= cost ? 0 : Math.ceil(((cost - bucket.tokens) / policy.perSecond) * 1000)

export type RateScope = "address" | "tenant" | "principal" | "connection"

/** Whom a message counts against; scopes left out do not count. */
export type RateKeys = { readonly [S in RateScope]?: string | undefined }

/** Whom a message on a connection counts against. */
export const keysOf = (
  connection: Pick<ConnectionInfo, "id" | "remoteAddress">,
  principal: SealedPrincipal | undefined
): RateKeys => ({
  address: ClientAddress.accountingKey(connection.remoteAddress),
  // a tenant's id holds no colon, so no two principals share a key
  principal: principal === undefined ? undefined : `${principal.tenant}:${principal.id}`,
  connection: String(connection.id)
})

export class RateLimit extends Context.Service<
  RateLimit,
  {
    /**
     * Takes `cost` messages (1) from every named bucket, or from none: 0 when taken, else the milliseconds to wait.
     * Synchronous, because it stands in the way of every frame.
     */
    readonly take: (keys: RateKeys, cost?: number) => number
    /** Forgets a connection's bucket. */
    readonly release: (connection: string) => void
  }
>()("exoclaw/gateway/RateLimit") {}
