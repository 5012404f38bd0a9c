/** The history in this process's memory: bounded per channel and per tenant, gone with the process. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { TenantId } from "../../src/domain/Ids.ts"
import { Entropy } from "../../src/domain/Entropy.ts"
import { type ChannelRef, show } from "../../src/bus/ChannelName.ts"
import { type ChannelState, History } from "../../src/bus/History.ts"
import { Ring, type Window } from "../../src/bus/Ring.ts"

export interface Options {
  /** For how long, and for how many keys of a channel, a repeated publish is known. */
  readonly window: Window
  /** Bytes that one tenant's channels may hold; beyond them each gives up its oldest. */
  readonly maxTenantBytes: number
}

export const defaults: Options = { window: { millis: 120_000, keys: 10_000 }, maxTenantBytes: 67_108_864 }

/** A tenant's rings and what they hold together. */
interface Rings {
  readonly byName: Map<string, Ring>
  bytes: number
}

const stateOf = (ring: Ring): ChannelState => ({ epoch: ring.epoch, top: ring.top, first: ring.first })

/** Every channel gives up a tenth of what it has, the oldest, until all fit. */
const shrink = (rings: Rings, maxBytes: number): void => {
  let shed = true
  while (shed && rings.bytes > maxBytes) {
    shed = false
    for (const ring of rings.byName.values()) {
      const before = ring.bytes
      shed = ring.shed() || shed
      rings.bytes -= before - ring.bytes
    }
  }
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")

export const make = (options: Options = defaults): Effect.Effect<History["Service"], never, Entropy> =>
  Effect.gen(function* () {
    const entropy = yield* Entropy
    const clock = yield* Clock.Clock
    const tenants = new Map<TenantId, Rings>()

    const find = (channel: ChannelRef): Ring | undefined => tenants.get(channel.tenant)?.byName.get(show(channel))

    const open = (channel: ChannelRef): Effect.Effect<Ring> =>
      Effect.suspend(() => {
        const known = find(channel)
        if (known !== undefined) return Effect.succeed(known)
        return Effect.map(entropy.bytes(12), (bytes) => {
          const rings = tenants.get(channel.tenant) ?? { byName: new Map<string, Ring>(), bytes: 0 }
          tenants.set(channel.tenant, rings)
          // somebody else may have opened it meanwhile
          const ring = rings.byName.get(show(channel)) ?? new Ring(hex(bytes), options.window)
          rings.byName.set(show(channel), ring)
          return ring
        })
      })

    /** Drops what is too old, runs `use` and books what the ring grew or shrank by. */
    const booked = <A>(channel: ChannelRef, ring: Ring, use: (now: number) => A): A => {
      const before = ring.bytes
      const now = clock.currentTimeMillisUnsafe()
      ring.expire(now)
      const result = use(now)
      const rings = tenants.get(channel.tenant)
      if (rings !== undefined) {
        rings.bytes += ring.bytes - before
        if (rings.bytes > options.maxTenantBytes) shrink(rings, options.maxTenantBytes)
      }
      return result
    }

    return {
      scope: "node",
      append: (channel, draft, { dedupe, retention }) =>
        Effect.map(open(channel), (ring) =>
          booked(channel, ring, (now) => {
            const known = dedupe === undefined ? undefined : ring.known(dedupe, now)
            const offset = known ?? ring.append(draft, dedupe, retention, now).position.offset
            return {
              position: { epoch: ring.epoch, offset },
              duplicate: known !== undefined,
              durability: offset >= ring.first ? ("process" as const) : ("none" as const)
            }
          })
        ),
      read: (channel, { after, end, limit }) =>
        Effect.map(open(channel), (ring) =>
          booked(channel, ring, () => ({ ...stateOf(ring), entries: ring.read(after, limit, end) }))
        ),
      info: (channel) => Effect.map(open(channel), (ring) => booked(channel, ring, () => stateOf(ring))),
      trim: (channel, upTo) =>
        Effect.sync(() => {
          const ring = find(channel)
          if (ring !== undefined) booked(channel, ring, () => ring.trim(upTo))
        }),
      forget: (channel) =>
        Effect.sync(() => {
          const ring = find(channel)
          const rings = tenants.get(channel.tenant)
          if (ring === undefined || rings === undefined) return
          rings.bytes -= ring.bytes
          rings.byName.delete(show(channel))
          if (rings.byName.size === 0) tenants.delete(channel.tenant)
        }),
      health: Effect.succeed({ backend: "memory", degraded: false, durability: "process", detail: "" })
    }
  })

export const layer = (options: Partial<Options> = {}): Layer.Layer<History, never, Entropy> =>
  Layer.effect(History, make({ ...defaults, ...options }))
