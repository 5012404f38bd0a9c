/** What comes from other nodes: messages, and that some do not come. */
import * as Effect from "effect/Effect"
import { type Lost, NotTaken, type Relay } from "../../../src/bus/Bridge.ts"
import type { Draft } from "../../../src/bus/Message.ts"
import { sameEpoch } from "../../../src/bus/Position.ts"
import { Packet } from "../../../src/bus/routing/Packet.ts"
import type { Channel } from "../../../src/bus/routing/Channel.ts"
import type { Tenant } from "../../../src/bus/routing/Tenant.ts"
import type { TenantId } from "../../../src/domain/Ids.ts"
import { type Core, deliver, open, packetOf, retentionOf, tenantOf } from "./Core.ts"
import { ready } from "./Publishing.ts"

/** A message from another node. Succeeds when it needs not come again. */
export const receive = (core: Core, relay: Relay): Effect.Effect<void, NotTaken> =>
  takeIn(core, relay).pipe(
    Effect.catch((error) =>
      error._tag === "BusError" && error.reason === "limit_exceeded"
        ? Effect.sync(() => core.telemetry.refused("limit_exceeded", tenantIdOf(relay)))
        : Effect.fail(new NotTaken({ cause: error }))
    )
  )

const tenantIdOf = (relay: Relay): TenantId => (relay._tag === "private" ? relay.tenant : relay.channel.tenant)

const takeIn = Effect.fnUntraced(function* (core: Core, relay: Relay) {
  if (relay.node === core.bridge.node) return
  if (relay._tag === "private") {
    const tenant = core.tenants.get(relay.tenant)
    tenant?.send(relay.to, new Packet({ _tag: "private", draft: relay.draft }))
    core.telemetry.count("relayed_in", relay.tenant)
    return
  }
  if (relay._tag === "lost") return yield* lost(core, relay)
  const { draft } = relay
  const tenant = tenantOf(core, relay.channel.tenant)
  const channel = yield* open(core, relay.channel)
  core.telemetry.count("relayed_in", tenant.id)
  channel.usedAt = core.clock.currentTimeMillisUnsafe()
  if (relay.position !== undefined) {
    yield* deliver(core, tenant, channel, packetOf(core, channel, { ...draft, position: relay.position }))
    return
  }
  if (channel.sequence.position === undefined && channel.joining === 0 && tenant.listens(channel))
    yield* ready(core, tenant, channel)
  const retention = retentionOf(channel.settings)
  // by its publisher's name for it: whoever tries it again at this node, or at one that has forgotten it, said it once
  const dedupe = `${draft.sender.principal}\n${draft.id}`
  const { duplicate, position } = yield* core.history.append(relay.channel, draft, { dedupe, retention })
  if (duplicate) return core.telemetry.count("duplicate", tenant.id)
  yield* deliver(core, tenant, channel, packetOf(core, channel, { ...draft, position }))
})

const nobody: Draft["sender"] = { principal: "", connection: "", type: "service", name: "" }
const nothing: Draft["content"] = { body: "", contentType: "", headers: {}, key: "", annotations: undefined }

/**
 * Messages of a channel do not come. Where this node has an order of its own, a hole has its place in it; in a shared
 * history they may be all the same.
 */
const lost = Effect.fnUntraced(function* (core: Core, { channel: ref, id, missing }: Lost) {
  const tenant = core.tenants.get(ref.tenant)
  const known = tenant?.find(ref.room, ref.channel)
  // nobody here has an order that it could be missing in
  if (tenant === undefined || (known === undefined && !tenant.hears(ref.room))) return
  const channel = known ?? (yield* open(core, ref))
  if (core.history.scope === "shared") return yield* reread(core, tenant, channel)
  if (channel.sequence.position === undefined && channel.joining === 0 && tenant.listens(channel))
    yield* ready(core, tenant, channel)
  const at = core.clock.currentTimeMillisUnsafe()
  const draft: Draft = { id, sender: nobody, at, content: nothing, inspection: undefined, missing }
  const retention = retentionOf(channel.settings)
  const { duplicate, position } = yield* core.history.append(ref, draft, { dedupe: `relay\n${id}`, retention })
  if (!duplicate) core.telemetry.count("relay_lost", tenant.id, Math.max(1, missing))
  yield* deliver(core, tenant, channel, packetOf(core, channel, { ...draft, position }))
})

/** What the shared history has behind where the channel stands is delivered, as if it had come. */
const reread = Effect.fnUntraced(function* (core: Core, tenant: Tenant, channel: Channel) {
  const at = channel.sequence.position
  if (at === undefined) return
  const limit = core.options.maxRecovered
  const { entries, epoch, top } = yield* core.history.read(channel.ref, { after: at, limit, end: "newest" })
  if (!sameEpoch(epoch, at.epoch)) tenant.perform(channel, channel.sequence.start({ epoch, offset: top }))
  else {
    const come = (entry: (typeof entries)[number]) => deliver(core, tenant, channel, packetOf(core, channel, entry))
    yield* Effect.forEach(entries, come, { concurrency: "unbounded", discard: true })
  }
})
