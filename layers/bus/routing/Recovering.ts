/** What a connection missed of a channel: read once for all who ask at about the same time. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { BusError } from "../../../src/bus/BusError.ts"
import type { JoinedChannel } from "../../../src/bus/Event.ts"
import { type Position, sameEpoch } from "../../../src/bus/Position.ts"
import type { Channel } from "../../../src/bus/routing/Channel.ts"
import { type Packet, skipPacket } from "../../../src/bus/routing/Packet.ts"
import { Recent, recentMillis } from "../../../src/bus/routing/Recent.ts"
import * as Recovery from "../../../src/bus/routing/Recovery.ts"
import { keyOf } from "../../../src/bus/ChannelName.ts"
import { type Core, packetOf, unavailable } from "./Core.ts"

/** What was read of a channel for somebody who joins it. */
export interface Caught {
  readonly channel: Channel
  readonly top: Position
  readonly outcome: JoinedChannel["recovery"]
  /** Told first. */
  readonly holes: ReadonlyArray<Packet>
  /** Messages, and the holes between them that the history knows of. */
  readonly missed: ReadonlyArray<Packet>
}

/** Whether this has everything that stands behind a position, as far as it is kept and fits. */
const covers = (recent: Recent, had: Position, limit: number): boolean =>
  (sameEpoch(recent.epoch, had.epoch) && recent.from <= had.offset + 1) ||
  recent.from <= recent.first ||
  recent.packets.length >= limit

/** Whether nothing has been delivered that it has not. */
const reaches = (recent: Recent, at: Position | undefined): boolean =>
  at !== undefined && sameEpoch(recent.epoch, at.epoch) && recent.top >= at.offset

const load = Effect.fnUntraced(function* (core: Core, channel: Channel, had: Position) {
  const limit = core.options.maxRecovered
  const range = yield* Effect.mapError(
    core.history.read(channel.ref, { after: had, limit, end: "newest" }),
    unavailable
  )
  const packets = range.entries.map((entry) => packetOf(core, channel, entry))
  const read = new Recent(range, packets, core.clock.currentTimeMillisUnsafe(), 2 * limit)
  const { recent } = channel
  // one that still holds and goes further back serves more of those who will ask
  const keeps =
    recent !== undefined && reaches(recent, { epoch: read.epoch, offset: read.top }) && recent.from <= read.from
  if (!keeps) channel.recent = read
  return read
})

/** The channel's end behind a position. Whoever calls it holds back what comes live from now on. */
const recent = Effect.fnUntraced(function* (core: Core, channel: Channel, had: Position) {
  const at = channel.sequence.position
  const known = channel.recent
  if (
    known !== undefined &&
    core.clock.currentTimeMillisUnsafe() - known.at < recentMillis &&
    reaches(known, at) &&
    covers(known, had, core.options.maxRecovered)
  )
    return known
  const key = `${keyOf(channel.ref)}\n${had.epoch}\n${had.offset}`
  const flying = core.reads.get(key)
  if (flying !== undefined) {
    const read = yield* Deferred.await(flying)
    // it was asked for before this one listened: something may have been delivered between the two
    if (at === undefined || reaches(read, at)) return read
    return yield* load(core, channel, had)
  }
  const read = Deferred.makeUnsafe<Recent, BusError>()
  core.reads.set(key, read)
  return yield* Effect.onExit(load(core, channel, had), (exit) => {
    core.reads.delete(key)
    return Deferred.done(read, exit)
  })
})

/** Where a channel stands, and what is missing behind `had`. */
export const catchUp = Effect.fnUntraced(function* (core: Core, channel: Channel, had: Position | undefined) {
  if (had === undefined) {
    const { epoch, top } = yield* Effect.mapError(core.history.info(channel.ref), unavailable)
    const fresh: Caught = { channel, top: { epoch, offset: top }, outcome: "none", holes: [], missed: [] }
    return fresh
  }
  const found = yield* recent(core, channel, had)
  const { epoch, top } = found
  const { after, holes, outcome } = Recovery.plan(had, found)
  const missed = found.behind(after)
  const caught: Caught = {
    channel,
    top: { epoch, offset: top },
    outcome: missed.every(({ event }) => event._tag === "message") ? outcome : "gap",
    holes: holes.map((hole) => skipPacket(channel.ref, hole)),
    missed
  }
  return caught
})
