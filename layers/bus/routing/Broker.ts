/** The broker: its state in this process's memory, its past in the history, its reach by the bridge. */
import * as Clock from "effect/Clock"
import type * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { Audit } from "../../../src/audit/Audit.ts"
import { Bridge } from "../../../src/bus/Bridge.ts"
import type { BusError } from "../../../src/bus/BusError.ts"
import * as Bounds from "../../../src/bus/Bounds.ts"
import { History } from "../../../src/bus/History.ts"
import { BusInspection } from "../../../src/bus/inspection/BusInspection.ts"
import { Broker, type Taken } from "../../../src/bus/routing/Broker.ts"
import { type Recent, recentMillis } from "../../../src/bus/routing/Recent.ts"
import { Subscriber } from "../../../src/bus/routing/Subscriber.ts"
import type { Tenant } from "../../../src/bus/routing/Tenant.ts"
import { BusTelemetry } from "../../../src/bus/telemetry/BusTelemetry.ts"
import { Entropy } from "../../../src/domain/Entropy.ts"
import type { TenantId } from "../../../src/domain/Ids.ts"
import * as AccessAudit from "./AccessAudit.ts"
import * as Channels from "./Channels.ts"
import { type Core, type Options, result, tenantOf } from "./Core.ts"
import * as Joining from "./Joining.ts"
import * as Publishing from "./Publishing.ts"
import * as Relayed from "./Relayed.ts"

export type { Options } from "./Core.ts"

/** How often what nobody uses any more is looked for. */
const sweepEvery = "10 seconds"
/** A channel that nobody hears stays at least so long, in milliseconds. */
const leastIdle = 60_000

/** Whether somebody of the tenant is connected, or was just now and may come back for what was missed. */
const isAttended = (tenant: Tenant, now: number): boolean => tenant.connections > 0 || now - tenant.leftAt < leastIdle

/** Forgets the channels that nobody uses, with what their history no longer keeps anyway. */
const sweep = Effect.fnUntraced(function* (core: Core) {
  const now = core.clock.currentTimeMillisUnsafe()
  for (const [id, tenant] of core.tenants) {
    for (const channel of tenant.channels()) {
      if (channel.recent !== undefined && now - channel.recent.at > recentMillis) channel.recent = undefined
      const { explicit, joining, members, settings } = channel
      if (explicit || members.size > 0 || joining > 0 || channel.waiting.size > 0) continue
      if (now - channel.usedAt < Math.max(leastIdle, settings.keepSeconds * 1000)) continue
      tenant.close(channel)
      if (core.history.scope === "node") yield* Effect.ignore(core.history.forget(channel.ref))
    }
    if (!isAttended(tenant, now) && tenant.channelCount === 0) core.tenants.delete(id)
  }
})

const usageOf = (tenant: Tenant | undefined, limit: number) =>
  [...(tenant?.channels() ?? [])]
    .sort((a, b) => b.messages - a.messages)
    .slice(0, limit)
    .map(({ deliveries, members, messages, ref }) => ({
      room: ref.room,
      channel: ref.channel,
      members: members.size,
      messages,
      deliveries
    }))

export const make = Effect.fnUntraced(function* (options: Options) {
  const entropy = yield* Entropy
  const core: Core = {
    options,
    history: yield* History,
    bridge: yield* Bridge,
    inspection: yield* BusInspection,
    telemetry: yield* BusTelemetry,
    clock: yield* Clock.Clock,
    newId: entropy.id("msg"),
    refused: AccessAudit.make(yield* Audit, yield* Clock.Clock),
    fork: Effect.runForkWith(yield* Effect.context<never>()),
    tenants: new Map<TenantId, Tenant>(),
    reads: new Map<string, Deferred.Deferred<Recent, BusError>>(),
    watchers: new Set<(taken: Taken) => void>()
  }
  core.bridge.onDrop((tenant) => core.telemetry.count("relay_dropped", tenant))
  yield* core.bridge.receive((relay) => Relayed.receive(core, relay))
  const bridged = (yield* core.bridge.health) !== undefined
  yield* Effect.forkScoped(Effect.repeat(sweep(core), Schedule.spaced(sweepEvery)))
  return Broker.of({
    node: core.bridge.node,
    attach: ({ member, principal, subject, tenant: id }, sink) => {
      const tenant = tenantOf(core, id)
      const subscriber = new Subscriber(member, subject, sink)
      tenant.connect(subscriber)
      return { tenant, subscriber, principal }
    },
    detach: ({ subscriber, tenant }) => {
      const now = core.clock.currentTimeMillisUnsafe()
      for (const { channel, room } of subscriber.joins.values()) {
        for (const one of tenant.matching(room, channel)) one.usedAt = now
      }
      tenant.leftAt = now
      tenant.disconnect(subscriber)
    },
    publish: (link, publish) => Publishing.publish(core, link, publish),
    post: (post) => Publishing.post(core, post),
    join: (link, join, answer) => Joining.join(core, link, join, answer),
    leave: (link, room, channel) => Joining.leave(core, link, room, channel),
    sendPrivate: (link, to, content) => Publishing.sendPrivate(core, link, to, content),
    update: Effect.fnUntraced(function* ({ subscriber, tenant }, metadata) {
      yield* result(Bounds.metadata(metadata))
      const shown = [...subscriber.joins.values()].find(({ channel, room }) => core.inspection.covers(room, channel))
      if (shown !== undefined) {
        const where = { ...shown, tenant: tenant.id, client: subscriber.member.principal }
        yield* core.inspection.names(Object.values(metadata), where)
      }
      tenant.update(subscriber, metadata)
    }),
    positions: Joining.positions,
    history: (link, ask) => Channels.history(core, link, ask),
    create: (link, room, channel, settings) => Channels.create(core, link, room, channel, settings),
    remove: (link, room, channel) => Channels.remove(core, link, room, channel),
    list: (link, ask) => Channels.list(core, link, ask),
    info: (link, room, channel) => Channels.info(core, link, room, channel),
    health: Effect.all({ history: core.history.health, bridge: core.bridge.health }),
    watch: (handle) => void core.watchers.add(handle),
    tenants: () => [...core.tenants.values()],
    usage: (tenant, limit) => usageOf(core.tenants.get(tenant), limit),
    attended: (id) => {
      const tenant = core.tenants.get(id)
      // who is on another node is not known here
      if (bridged || core.history.scope === "shared") return true
      return tenant !== undefined && isAttended(tenant, core.clock.currentTimeMillisUnsafe())
    },
    listens: ({ channel, room, tenant: id }) => {
      const tenant = core.tenants.get(id)
      const known = tenant?.find(room, channel)
      return known === undefined ? tenant?.hears(room) === true : tenant?.listens(known) === true
    }
  })
})

export const layer = (
  options: Options
): Layer.Layer<Broker, never, History | Bridge | BusInspection | BusTelemetry | Audit | Entropy> =>
  Layer.effect(Broker, make(options))
