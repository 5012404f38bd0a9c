/**
 * What waits for one connection, in order, and bounded: the cap is asked before a packet is taken, and the channel's
 * policy says what has to give way. Whatever is dropped leaves a mark in its place. Mutable, for one owner; every
 * operation is O(1) amortised.
 */
import type { SkipReason } from "../Event.ts"
import { Packet, type Slot } from "./Packet.ts"

/** What a mark counts for until it is encoded. */
const markBytes = 96

/** A hole that is not sent yet, and can still grow. */
interface Mark {
  readonly slot: Slot
  readonly section: number
  readonly from: number
  to: number
  reason: SkipReason
}

interface Queued {
  readonly packet: Packet
  readonly bytes: number
  readonly section: number
}

type Waiting = Queued | Mark | undefined

const isMark = (waiting: Waiting): waiting is Mark => waiting !== undefined && "slot" in waiting

const keyOf = ({ key, name, room }: Slot): string => `${room}:${name}\n${key}`

/** Whether a hole that begins there goes on where this one ends. */
const follows = ({ section, slot, to }: Mark, epoch: string, of: number, from: number): boolean =>
  section === of && slot.epoch === epoch && to + 1 === from

export class Outbox {
  readonly #cap: number
  /** What waits alone: all there is, for whoever keeps up. The queue is empty then. */
  #only: Packet | undefined
  #queue: Array<Waiting> = []
  #head = 0
  #live = 0
  #bytes = 0
  /** Messages that gave way so far. */
  dropped = 0
  conflated = 0
  /** Nothing before this index may be dropped any more. */
  #scan = 0
  /** The latest mark of a channel. */
  #marks: Map<object, Mark> | undefined
  /**
   * What stands between two answers. An answer may say where a channel stands, and what was sent may come again after
   * it: only within a section do a channel's offsets count up, and only there may its holes become one.
   */
  #section = 0
  /** Where the latest message under a key waits. */
  #keys: Map<string, number> | undefined

  constructor(cap: number) {
    this.#cap = cap
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Packets and marks. */
  get size(): number {
    return this.#live
  }

  /** Places in memory, the empty ones too. */
  get places(): number {
    return this.#queue.length + (this.#only === undefined ? 0 : 1)
  }

  /**
   * Queues a packet of so many bytes. `congested` is true while the client does not keep up. `false`: there is no room,
   * and the policy of its channel is to cut. `dropped`: it was skipped itself, and told.
   */
  offer(packet: Packet, bytes: number, congested: boolean): true | false | "dropped" {
    const { slot } = packet
    if (this.#live === 0) {
      // whoever has read everything gets a packet of any size: there is nothing it could be slower than
      if (slot === undefined) this.#section += 1
      this.#only = packet
      this.#live = 1
      this.#bytes = bytes
      return true
    }
    if (this.#only !== undefined) this.#line(this.#only)
    if (congested && slot?.overflow === "conflate" && slot.key !== "") this.#conflate(slot)
    if (this.#bytes + bytes > this.#cap) {
      if (slot === undefined || slot.overflow === "cut") return false
      if (!this.#dropUntil(bytes)) {
        this.#mark(slot, this.#section, "overflow", this.#queue.length)
        return "dropped"
      }
    }
    if (slot === undefined) this.#section += 1
    this.#push(packet, bytes)
    this.#live += 1
    this.#bytes += bytes
    return true
  }

  /** Takes out what waits alone; undefined where nothing does, or more. */
  takeOnly(): Packet | undefined {
    const only = this.#only
    if (only === undefined) return undefined
    this.#only = undefined
    this.#live = 0
    this.#bytes = 0
    return only
  }

  /** Takes out the first, in order: about so many bytes of them, at least one. */
  take(bytes: number): ReadonlyArray<Packet> {
    const only = this.takeOnly()
    if (only !== undefined) return [only]
    const taken: Array<Packet> = []
    let left = bytes
    for (; this.#head < this.#queue.length && (left > 0 || taken.length === 0); this.#head++) {
      const waiting = this.#queue[this.#head]
      if (waiting === undefined) continue
      if (isMark(waiting)) {
        // it is told now, and can no longer grow
        if (this.#marks?.get(waiting.slot.channel) === waiting) this.#marks.delete(waiting.slot.channel)
        taken.push(packetOf(waiting))
      } else taken.push(waiting.packet)
      const size = isMark(waiting) ? markBytes : waiting.bytes
      this.#remove(this.#head, size)
      left -= size
    }
    if (this.#live === 0) this.clear()
    else this.#scan = Math.max(this.#scan, this.#head)
    return taken
  }

  clear(): void {
    this.#only = undefined
    this.#queue = []
    this.#head = 0
    this.#live = 0
    this.#bytes = 0
    this.#scan = 0
    this.#marks = undefined
    this.#keys = undefined
  }

  #push(packet: Packet, bytes: number): void {
    if (packet.slot?.overflow === "conflate" && packet.slot.key !== "") {
      this.#keys ??= new Map()
      this.#keys.set(keyOf(packet.slot), this.#queue.length)
    }
    this.#queue.push({ packet, bytes, section: this.#section })
  }

  /** What waited alone is the first of several. */
  #line(only: Packet): void {
    this.#only = undefined
    this.#push(only, this.#bytes)
  }

  /** The older message under the same key gives way. */
  #conflate(slot: Slot): void {
    const index = this.#keys?.get(keyOf(slot))
    if (index === undefined) return
    const older = this.#queue[index]
    if (older === undefined || isMark(older) || older.packet.slot === undefined) return
    this.#remove(index, older.bytes)
    this.#mark(older.packet.slot, older.section, "conflated", index)
  }

  /** Drops the oldest that may be dropped until so many bytes fit; false when they cannot. */
  #dropUntil(bytes: number): boolean {
    for (; this.#scan < this.#queue.length && this.#bytes + bytes > this.#cap; this.#scan++) {
      const waiting = this.#queue[this.#scan]
      if (waiting === undefined) continue
      if (isMark(waiting)) {
        this.#join(waiting, this.#scan)
        continue
      }
      const { slot } = waiting.packet
      if (slot === undefined || slot.overflow === "cut") continue
      this.#remove(this.#scan, waiting.bytes)
      this.#mark(slot, waiting.section, "overflow", this.#scan)
    }
    this.#compact()
    return this.#bytes + bytes <= this.#cap
  }

  #remove(index: number, bytes: number): void {
    this.#queue[index] = undefined
    this.#live -= 1
    this.#bytes -= bytes
  }

  /** Tells a dropped message: by the channel's latest mark where it follows that, else by one of its own. */
  #mark(slot: Slot, section: number, reason: SkipReason, index: number): void {
    if (reason === "conflated") this.conflated += 1
    else this.dropped += 1
    this.#marks ??= new Map()
    const open = this.#marks.get(slot.channel)
    if (open !== undefined && follows(open, slot.epoch, section, slot.offset)) {
      open.to = slot.offset
      if (open.reason !== reason) open.reason = "overflow"
      return
    }
    const mark: Mark = { slot, section, from: slot.offset, to: slot.offset, reason }
    this.#queue[index] = mark
    this.#live += 1
    this.#bytes += markBytes
    this.#marks.set(slot.channel, mark)
  }

  /** Two marks that came to stand side by side become one, so that marks are fewer than what is kept. */
  #join(mark: Mark, index: number): void {
    const open = this.#marks?.get(mark.slot.channel)
    if (open === undefined || open === mark) return
    if (!follows(open, mark.slot.epoch, mark.section, mark.from)) {
      this.#marks?.set(mark.slot.channel, mark)
      return
    }
    open.to = mark.to
    if (open.reason !== mark.reason) open.reason = "overflow"
    this.#remove(index, markBytes)
  }

  /** Takes out the empty places when they are most. */
  #compact(): void {
    if (this.#queue.length < 64 || this.#queue.length < this.#live * 2) return
    const kept: Array<Waiting> = []
    let scan = 0
    this.#keys?.clear()
    for (const [index, waiting] of this.#queue.entries()) {
      if (index === this.#scan) scan = kept.length
      if (waiting === undefined) continue
      if (!isMark(waiting) && waiting.packet.slot?.overflow === "conflate" && waiting.packet.slot.key !== "")
        this.#keys?.set(keyOf(waiting.packet.slot), kept.length)
      kept.push(waiting)
    }
    this.#scan = this.#scan >= this.#queue.length ? kept.length : scan
    this.#head = 0
    this.#queue = kept
  }
}

const packetOf = ({ from, reason, slot, to }: Mark): Packet =>
  new Packet({
    _tag: "skipped",
    skipped: { room: slot.room, channel: slot.name, epoch: slot.epoch, from, to, reason }
  })
