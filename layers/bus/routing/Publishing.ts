/** From a message to its position, to those who hear it, and to the other nodes. */
import * as Effect from "effect/Effect"
import * as Bounds from "../../../src/bus/Bounds.ts"
import type { Recipient, Said } from "../../../src/bus/Bridge.ts"
import { refuse } from "../../../src/bus/BusError.ts"
import type { ChannelRef } from "../../../src/bus/ChannelName.ts"
import type { Ack } from "../../../src/bus/Event.ts"
import type { HistoryUnavailable } from "../../../src/bus/History.ts"
import type { Content, Draft, Entry, Sender } from "../../../src/bus/Message.ts"
import type { Publish } from "../../../src/bus/Request.ts"
import type { Link, Post } from "../../../src/bus/routing/Broker.ts"
import type { TenantId } from "../../../src/domain/Ids.ts"
import type { Channel } from "../../../src/bus/routing/Channel.ts"
import { Packet } from "../../../src/bus/routing/Packet.ts"
import type { Tenant } from "../../../src/bus/routing/Tenant.ts"
import {
  type Core,
  deliver,
  endReading,
  notJoined,
  open,
  packetOf,
  permit,
  result,
  retentionOf,
  tenantOf,
  unavailable
} from "./Core.ts"

const senderOf = ({ subscriber: { member } }: Link): Sender => ({
  principal: member.principal,
  connection: member.connection,
  type: member.type,
  name: member.name
})

/** Learns where the channel stands, before somebody who listens by a wildcard gets its first message. */
export const ready = Effect.fnUntraced(function* (core: Core, tenant: Tenant, channel: Channel) {
  channel.joining += 1
  yield* core.history.info(channel.ref).pipe(
    Effect.mapError(unavailable),
    Effect.map(({ epoch, top }) => tenant.perform(channel, channel.sequence.start({ epoch, offset: top }))),
    Effect.ensuring(Effect.sync(() => endReading(tenant, channel)))
  )
})

interface Draught {
  readonly channel: Channel
  readonly sender: Sender
  readonly id: string
  readonly dedupe: string | undefined
  readonly content: Content
  readonly inspect: boolean
}

/**
 * What is to be delivered at the position. A repeat is nothing new; where the first was never delivered, its answer
 * having been lost, that is what the history has, whatever the repeat says.
 */
const original = (
  core: Core,
  { ref, sequence }: Channel,
  entry: Entry,
  duplicate: boolean
): Effect.Effect<Entry | undefined> => {
  const { epoch, offset } = entry.position
  const at = sequence.position
  if (!duplicate) return Effect.succeed(entry)
  if (at !== undefined && at.epoch === epoch && at.offset >= offset) return Effect.succeed(undefined)
  return core.history.read(ref, { after: { epoch, offset: offset - 1 }, limit: 1, end: "oldest" }).pipe(
    Effect.map(({ entries }) => entries.find(({ position }) => position.epoch === epoch && position.offset === offset)),
    Effect.orElseSucceed(() => undefined)
  )
}

const relayOut = (core: Core, tenant: TenantId, relay: Said): void => {
  if (core.bridge.publish(relay)) core.telemetry.count("relayed_out", tenant)
}

/** Sends it to the other nodes, and to those who hear it here: to how many. */
const spread = (core: Core, tenant: Tenant, channel: Channel, entry: Entry): Effect.Effect<number> => {
  const { position, ...draft } = entry
  relayOut(core, tenant.id, {
    _tag: "message",
    node: core.bridge.node,
    id: `${position.epoch}:${position.offset}`,
    channel: channel.ref,
    draft,
    position: core.history.scope === "shared" ? position : undefined
  })
  return deliver(core, tenant, channel, packetOf(core, channel, entry))
}

/** Inspects, appends, delivers and relays; answers with what is known then. */
const take = Effect.fnUntraced(function* (core: Core, tenant: Tenant, draught: Draught) {
  const { channel } = draught
  const where = { ...channel.ref, client: draught.sender.principal }
  if (draught.inspect) {
    const { channel: name, room } = channel.ref
    yield* core.inspection.names([room, name, draught.sender.name, draught.id], where)
  }
  const { content, note } = draught.inspect
    ? yield* core.inspection.screen(draught.content, where)
    : { content: draught.content, note: undefined }
  if (content !== draught.content) core.telemetry.count("redacted", tenant.id)
  if (channel.sequence.position === undefined && channel.joining === 0 && tenant.listens(channel))
    yield* ready(core, tenant, channel)
  const draft: Draft = {
    id: draught.id === "" ? yield* core.newId : draught.id,
    sender: draught.sender,
    at: core.clock.currentTimeMillisUnsafe(),
    content,
    inspection: note
  }
  const { dedupe } = draught
  const appended = yield* core.history
    .append(channel.ref, draft, { dedupe, retention: retentionOf(channel.settings) })
    .pipe(Effect.mapError((error: HistoryUnavailable) => unavailable(error)))
  channel.usedAt = draft.at
  const { duplicate, durability, position } = appended
  const entry = yield* original(core, channel, { ...draft, position }, duplicate)
  const delivered = entry === undefined ? 0 : yield* spread(core, tenant, channel, entry)
  core.telemetry.count(duplicate ? "duplicate" : "published", tenant.id)
  if (delivered > 0) core.telemetry.count("delivered", tenant.id, delivered)
  const ack: Ack = { position, duplicate, delivered, persisted: durability !== "none", durability, id: draft.id }
  return { ack, entry }
})

const isInspected = (core: Core, channel: Channel): boolean => {
  channel.inspected ??= core.inspection.covers(channel.ref.room, channel.ref.channel)
  return channel.inspected
}

export const publish = Effect.fnUntraced(function* (core: Core, link: Link, ask: Publish) {
  const { subscriber, tenant } = link
  const room = yield* result(Bounds.room(ask.room))
  const name = yield* result(Bounds.channel(ask.channel))
  yield* result(Bounds.publishId(ask.id))
  yield* result(Bounds.content(ask.content))
  const ref: ChannelRef = { tenant: tenant.id, room, channel: name }
  if (!tenant.covers(subscriber, room, name)) return yield* notJoined(room, name)
  const channel = tenant.find(room, name) ?? (yield* open(core, ref))
  yield* permit(core, link, "publish", channel)
  const { ack, entry } = yield* take(core, tenant, {
    channel,
    sender: senderOf(link),
    id: ask.id,
    dedupe: ask.id === "" ? undefined : `${subscriber.member.principal}\n${ask.id}`,
    content: ask.content,
    inspect: isInspected(core, channel)
  })
  if (entry !== undefined) for (const watch of core.watchers) watch({ channel: ref, entry, principal: link.principal })
  return ack
})

export const post = Effect.fnUntraced(function* (core: Core, { channel: ref, content, id, inspected, sender }: Post) {
  const tenant = tenantOf(core, ref.tenant)
  const channel = yield* open(core, ref)
  const { ack } = yield* take(core, tenant, {
    channel,
    sender,
    id,
    dedupe: id === "" ? undefined : `${sender.principal}\n${id}`,
    content,
    inspect: !inspected && isInspected(core, channel)
  })
  return ack
})

export const sendPrivate = Effect.fnUntraced(function* (core: Core, link: Link, to: Recipient, said: Content) {
  const { subscriber, tenant } = link
  if (subscriber.subject.role === "guest")
    return yield* refuse("forbidden", "To send private messages takes the scope bus:publish.")
  const address = "connection" in to ? to.connection : to.principal
  if (address === "" || address.length > 256) return yield* refuse("invalid_argument", "A recipient is needed.")
  yield* result(Bounds.content(said))
  const { content, note } = core.inspection.covers("private", address)
    ? yield* core.inspection.screen(said, {
        tenant: tenant.id,
        room: "private",
        channel: address,
        client: subscriber.member.principal
      })
    : { content: said, note: undefined }
  const draft = {
    id: yield* core.newId,
    sender: senderOf(link),
    at: core.clock.currentTimeMillisUnsafe(),
    content,
    inspection: core.options.showNotes ? note : undefined
  }
  const delivered = tenant.send(to, new Packet({ _tag: "private", draft }))
  const relay: Said = { _tag: "private", node: core.bridge.node, id: draft.id, tenant: tenant.id, to, draft }
  relayOut(core, tenant.id, relay)
  core.telemetry.count("private", tenant.id)
  const ack: Ack = {
    position: undefined,
    duplicate: false,
    delivered,
    persisted: false,
    durability: "none",
    id: draft.id
  }
  return ack
})
