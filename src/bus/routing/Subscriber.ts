/** One connection as the routing sees it. */
import type * as Deferred from "effect/Deferred"
import type * as Effect from "effect/Effect"
import type { ChannelRef } from "../ChannelName.ts"
import type { Member } from "../Event.ts"
import { weight } from "../Message.ts"
import type { Position } from "../Position.ts"
import { sameEpoch } from "../Position.ts"
import type { Subject } from "./Access.ts"
import { Packet } from "./Packet.ts"
import { patternsOf } from "./Pattern.ts"

/** Where its packets go. */
export interface Sink {
  /**
   * False: not taken, because the connection is closed or about to be, or because it gave way at once, which is told.
   * Never calls back into the routing.
   */
  readonly offer: (packet: Packet) => boolean
  /** Bytes that may wait for it. */
  readonly capacity: number
  /** What waits for it, here and in the network's queue. Bytes. */
  readonly queuedBytes: number
  /** Whether more would wait than the connection should be given at once. */
  readonly isFull: () => boolean
  /** Waits until it is not full, or closed. */
  readonly ready: Effect.Effect<void>
  /** Closes the connection, resumably: it does not keep up. Later, not now. */
  readonly cut: () => void
}

/** One join, as it was named. */
export interface Membership {
  readonly room: string
  /** `*` for all. */
  readonly channel: string
  readonly presence: boolean
  /** Nothing is delivered for it. */
  readonly mute: boolean
}

/** What a connection knows of a channel that it follows; each is one object. */
interface Followed {
  readonly ref: ChannelRef
  readonly sequence: { readonly position: Position | undefined }
}

/** Live packets that a connection may be behind with while it catches up. */
const maxHeld = 10_000

/** Between joining a channel and having caught up with it. */
export interface CatchUp {
  /** What came meanwhile; undefined once it has caught up. */
  buffer: Array<Packet> | undefined
  /** About what the buffer holds on to. Bytes. */
  bytes: number
  /** What it has had; to be passed over when it comes live. */
  had: Position | undefined
}

/** Offset and epoch of what a packet ends with, where it belongs to a channel's order. */
const endOf = ({ event, slot }: Packet): Position | undefined =>
  slot ?? (event._tag === "skipped" ? { epoch: event.skipped.epoch, offset: event.skipped.to } : undefined)

export class Subscriber {
  readonly subject: Subject
  readonly sink: Sink
  member: Member
  /** By `room:channel`. */
  readonly joins = new Map<string, Membership>()
  /** The last join that was asked for; the next waits for it. */
  joining: Deferred.Deferred<void> | undefined
  /** What it is to join, until that is answered: nothing comes for it before. */
  pending: Membership | undefined
  #catching: Map<Followed, CatchUp> | undefined

  constructor(member: Member, subject: Subject, sink: Sink) {
    this.member = member
    this.subject = subject
    this.sink = sink
  }

  /** A packet of a channel's order, live. True when it was taken for this connection, now or for later. */
  receive(channel: Followed, packet: Packet): boolean {
    const catching = this.#catching?.get(channel)
    if (catching === undefined) return this.#isAwaited(channel) ? false : this.sink.offer(packet)
    if (catching.buffer !== undefined) {
      catching.buffer.push(packet)
      catching.bytes += packet.event._tag === "message" ? weight(packet.event.entry) : 0
      // what is held back waits for it as much as what is queued, and whoever stands still gets no more of the one
      if (catching.buffer.length <= maxHeld && catching.bytes <= this.sink.capacity) return true
      this.sink.cut()
      return false
    }
    return this.#behind(channel, catching, packet)
  }

  /** Whether the channel is heard only by a join that is not answered yet. */
  #isAwaited({ ref: { channel, room } }: Followed): boolean {
    if (this.pending === undefined) return false
    for (const pattern of patternsOf(room, channel)) {
      const membership = this.joins.get(pattern)
      if (membership !== undefined && membership !== this.pending && !membership.mute) return false
    }
    return true
  }

  /** Holds back what comes live on this channel until `caughtUp` or `release` with what this gives. */
  catchUp(channel: Followed): CatchUp {
    const catching: CatchUp = { buffer: [], bytes: 0, had: undefined }
    this.#catching ??= new Map()
    this.#catching.set(channel, catching)
    return catching
  }

  isCatchingUp(channel: Followed): boolean {
    return this.#catching?.get(channel)?.buffer !== undefined
  }

  /**
   * The channel was read, and is in this epoch. What came of others before it was is past: who reads is told that there
   * was another epoch. To be called before the channel's own order learns of it.
   */
  readIn(channel: Followed, catching: CatchUp, epoch: string): void {
    const { buffer } = catching
    const at = channel.sequence.position
    if (buffer === undefined || at === undefined) return
    const first = sameEpoch(at.epoch, epoch)
      ? buffer.findIndex((packet) => sameEpoch(endOf(packet)?.epoch ?? "", epoch))
      : buffer.length
    buffer.splice(0, first)
  }

  /** Everything up to `had` was sent or told; what came meanwhile follows. */
  caughtUp(channel: Followed, catching: CatchUp, had: Position): void {
    catching.had = had
    if (!this.#flush(channel, catching)) return
    // nothing can come live that it has had: it stands where the channel stands
    const at = channel.sequence.position
    if (at !== undefined && sameEpoch(at.epoch, had.epoch) && at.offset >= had.offset) this.forget(channel)
  }

  /** It was not caught up with, and is heard all the same: what came meanwhile follows. */
  release(channel: Followed, catching: CatchUp): void {
    if (this.#flush(channel, catching)) this.forget(channel)
  }

  forget(channel: Followed): void {
    this.#catching?.delete(channel)
    if (this.#catching?.size === 0) this.#catching = undefined
  }

  /** False where it was left meanwhile. */
  #flush(channel: Followed, catching: CatchUp): boolean {
    const { buffer } = catching
    if (buffer === undefined || this.#catching?.get(channel) !== catching) return false
    catching.buffer = undefined
    for (const packet of buffer) this.#behind(channel, catching, packet)
    return true
  }

  /** Passes over what it has had; from the first that it has not, everything is for it. */
  #behind(channel: Followed, catching: CatchUp, packet: Packet): boolean {
    const { had } = catching
    const end = endOf(packet)
    if (had === undefined || end === undefined) return this.sink.offer(packet)
    const same = sameEpoch(end.epoch, had.epoch)
    if (same && end.offset <= had.offset) return true
    catching.had = undefined
    if (this.#catching?.get(channel) === catching) this.forget(channel)
    if (same && packet.event._tag === "skipped" && packet.event.skipped.from <= had.offset) {
      const { skipped } = packet.event
      return this.sink.offer(new Packet({ _tag: "skipped", skipped: { ...skipped, from: had.offset + 1 } }))
    }
    return this.sink.offer(packet)
  }
}
