/** One connection as the routing sees it. */
import type * as Effect from "effect/Effect"
import type { Member } from "../Event.ts"
import type { Position } from "../Position.ts"
import { sameEpoch } from "../Position.ts"
import type { Subject } from "./Access.ts"
import type { Channel } from "./Channel.ts"
import { Packet } from "./Packet.ts"

/** Where its packets go. */
export interface Sink {
  /** False: not taken, because the connection is closed or about to be. Never calls back into the routing. */
  readonly offer: (packet: Packet) => boolean
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

/** Live packets that a connection may be behind with while it catches up. */
const maxHeld = 10_000

/** Between joining a channel and having caught up with it. */
interface CatchUp {
  /** What came meanwhile; undefined once it has caught up. */
  buffer: Array<Packet> | undefined
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
  #catching: Map<Channel, CatchUp> | undefined

  constructor(member: Member, subject: Subject, sink: Sink) {
    this.member = member
    this.subject = subject
    this.sink = sink
  }

  /** A packet of a channel's order, live. True when it was taken for this connection, now or for later. */
  receive(channel: Channel, packet: Packet): boolean {
    const catching = this.#catching?.get(channel)
    if (catching === undefined) return this.sink.offer(packet)
    if (catching.buffer !== undefined) {
      catching.buffer.push(packet)
      if (catching.buffer.length <= maxHeld) return true
      this.sink.cut()
      return false
    }
    return this.#behind(channel, catching, packet)
  }

  /** Holds back what comes live on this channel until `caughtUp`. */
  catchUp(channel: Channel): void {
    this.#catching ??= new Map()
    this.#catching.set(channel, { buffer: [], had: undefined })
  }

  /** Everything up to `had` was sent or told; what came meanwhile follows. */
  caughtUp(channel: Channel, had: Position): void {
    const catching = this.#catching?.get(channel)
    if (catching?.buffer === undefined) return
    const { buffer } = catching
    catching.buffer = undefined
    catching.had = had
    for (const packet of buffer) this.#behind(channel, catching, packet)
    // nothing can come live that it has had: it stands where the channel stands
    const at = channel.sequence.position
    if (at !== undefined && sameEpoch(at.epoch, had.epoch) && at.offset >= had.offset) this.forget(channel)
  }

  isCatchingUp(channel: Channel): boolean {
    return this.#catching?.get(channel)?.buffer !== undefined
  }

  forget(channel: Channel): void {
    this.#catching?.delete(channel)
    if (this.#catching?.size === 0) this.#catching = undefined
  }

  #behind(channel: Channel, catching: CatchUp, packet: Packet): boolean {
    const end = endOf(packet)
    const { had } = catching
    if (had === undefined) return this.sink.offer(packet)
    const same = end !== undefined && sameEpoch(end.epoch, had.epoch)
    // it has had this very message
    if (same && end.offset <= had.offset) return true
    this.forget(channel)
    if (same && packet.event._tag === "skipped" && packet.event.skipped.from <= had.offset) {
      const { skipped } = packet.event
      return this.sink.offer(new Packet({ _tag: "skipped", skipped: { ...skipped, from: had.offset + 1 } }))
    }
    return this.sink.offer(packet)
  }
}
