/** Channels as things to look at: made, listed, described, read, deleted. */
import * as Effect from "effect/Effect"
import * as Bounds from "../../../src/bus/Bounds.ts"
import { refuse } from "../../../src/bus/BusError.ts"
import type { ChannelRef, RoomName } from "../../../src/bus/ChannelName.ts"
import type { ChannelInfo, HistoryPage } from "../../../src/bus/Event.ts"
import { type Entry, weight } from "../../../src/bus/Message.ts"
import type { ChannelSettings } from "../../../src/bus/Overflow.ts"
import { type Position, sameEpoch } from "../../../src/bus/Position.ts"
import { mayRead } from "../../../src/bus/routing/Access.ts"
import type { Link } from "../../../src/bus/routing/Broker.ts"
import type { Channel } from "../../../src/bus/routing/Channel.ts"
import { holeOf } from "../../../src/bus/routing/Packet.ts"
import * as Recovery from "../../../src/bus/routing/Recovery.ts"
import { type Core, notJoined, open, permit, result, shown, unavailable } from "./Core.ts"
import { maxMembers } from "./Joining.ts"

const notFound = refuse("not_found", "There is no such channel.")
/** How much of a channel anybody may ask to keep. */
const mostKept = { messages: 100_000, seconds: 31_536_000 }

const refOf = Effect.fnUntraced(function* ({ tenant }: Link, room: string, channel: string) {
  const ref: ChannelRef = {
    tenant: tenant.id,
    room: yield* result(Bounds.room(room)),
    channel: yield* result(Bounds.channel(channel))
  }
  return ref
})

/** The channel, where the asker may know of it. */
const known = Effect.fnUntraced(function* (link: Link, room: string, name: string) {
  const ref = yield* refOf(link, room, name)
  const channel = link.tenant.find(ref.room, ref.channel)
  if (channel === undefined || !mayRead(link.subscriber.subject, channel.access)) return yield* notFound
  return channel
})

const infoOf = (core: Core, channel: Channel) =>
  Effect.map(Effect.mapError(core.history.info(channel.ref), unavailable), ({ epoch, first, top }): ChannelInfo => ({
    room: channel.ref.room,
    channel: channel.ref.channel,
    members: channel.members.size,
    position: { epoch, offset: top },
    first: first > top ? 0 : first,
    settings: channel.settings,
    system: channel.access.system
  }))

export const create = Effect.fnUntraced(function* (
  core: Core,
  link: Link,
  room: string,
  name: string,
  settings: Partial<ChannelSettings>
) {
  const ref = yield* refOf(link, room, name)
  if (core.inspection.covers(room, name)) {
    yield* core.inspection.names([room, name], { ...ref, client: link.subscriber.member.principal })
  }
  if (link.tenant.find(ref.room, ref.channel)?.explicit === true)
    return yield* refuse("already_exists", "There is such a channel already.")
  const fresh = link.tenant.find(ref.room, ref.channel) === undefined
  const channel = yield* open(core, ref)
  yield* permit(core, link, "create", channel).pipe(
    Effect.tapError(() => Effect.sync(() => (fresh ? link.tenant.close(channel) : undefined)))
  )
  const { keepMessages, keepSeconds, overflow } = { ...core.options.settings, ...settings }
  channel.settings = {
    overflow,
    keepMessages: Math.min(keepMessages, mostKept.messages),
    keepSeconds: Math.min(keepSeconds, mostKept.seconds)
  }
  channel.explicit = true
  return yield* infoOf(core, channel)
})

export const remove = Effect.fnUntraced(function* (core: Core, link: Link, room: string, name: string) {
  const channel = yield* known(link, room, name)
  yield* permit(core, link, "delete", channel)
  if (channel.members.size > 0 || channel.joining > 0)
    return yield* refuse("not_empty", "Somebody has joined this channel.")
  link.tenant.close(channel)
  yield* Effect.mapError(core.history.forget(channel.ref), unavailable)
})

export const info = Effect.fnUntraced(function* (core: Core, link: Link, room: string, name: string) {
  const channel = yield* known(link, room, name)
  return {
    info: yield* infoOf(core, channel),
    members: link.tenant.members(channel.ref.room, channel.ref.channel, maxMembers)
  }
})

export const list = Effect.fnUntraced(function* (
  core: Core,
  { subscriber, tenant }: Link,
  ask: { readonly room: string; readonly limit: number; readonly after: string }
) {
  const room: RoomName | undefined = ask.room === "" ? undefined : yield* result(Bounds.room(ask.room))
  const limit = Bounds.limit(ask.limit, 100, 1000)
  const visible: Array<Channel> = []
  for (const channel of tenant.channels(room)) {
    if (channel.name > ask.after && mayRead(subscriber.subject, channel.access)) visible.push(channel)
  }
  visible.sort((a, b) => (a.name < b.name ? -1 : 1))
  const page = visible.slice(0, limit)
  const channels = yield* Effect.forEach(page, (channel) => infoOf(core, channel), { concurrency: 16 })
  return { channels, next: visible.length > limit ? (page.at(-1)?.name ?? "") : "" }
})

/** Bytes of messages, about, in one answer. */
const pageBytes = 262_144

/** As many as one answer bears, at least one; which of them, says `end`. */
const fitting = (entries: ReadonlyArray<Entry>, end: "oldest" | "newest"): ReadonlyArray<Entry> => {
  let bytes = 0
  let count = 0
  for (; count < entries.length; count++) {
    const entry = end === "oldest" ? entries[count] : entries[entries.length - 1 - count]
    bytes += entry === undefined ? 0 : weight(entry)
    if (bytes > pageBytes && count > 0) break
  }
  return end === "oldest" ? entries.slice(0, count) : entries.slice(entries.length - count)
}

export const history = Effect.fnUntraced(function* (
  core: Core,
  link: Link,
  ask: { readonly room: string; readonly channel: string; readonly after: Position | undefined; readonly limit: number }
) {
  const { subscriber, tenant } = link
  const ref = yield* refOf(link, ask.room, ask.channel)
  if (!tenant.covers(subscriber, ref.room, ref.channel)) return yield* notJoined(ref.room, ref.channel)
  const channel = yield* open(core, ref)
  yield* permit(core, link, "read", channel)
  const { after } = ask
  const limit = Bounds.limit(ask.limit, 100, 1000)
  const end = after === undefined ? "newest" : "oldest"
  const range = yield* Effect.mapError(core.history.read(channel.ref, { after, limit, end }), unavailable)
  const { epoch, first, top } = range
  const entries = fitting(range.entries, end)
  const last = entries.at(-1)?.position.offset ?? top
  const same = after !== undefined && sameEpoch(after.epoch, epoch)
  const from = entries[0]?.position.offset ?? (same ? Math.max(after.offset + 1, first) : first)
  const hole = after === undefined ? undefined : Recovery.plan(after, { epoch, first, top, from }).holes[0]
  const page: HistoryPage = {
    room: ref.room,
    channel: ref.channel,
    messages: entries.filter(({ missing }) => missing === undefined).map((entry) => shown(core, entry)),
    position: { epoch, offset: top },
    skipped: hole === undefined ? undefined : { room: ref.room, channel: ref.channel, ...hole },
    holes: entries.flatMap((entry) => holeOf(ref, entry) ?? []),
    more: last < top
  }
  return page
})
