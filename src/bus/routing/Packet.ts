/** Something on its way to one client or to many: built once, its frames too, and queued by reference. */
import type { Event, Skipped, SkipReason } from "../Event.ts"
import type { Entry } from "../Message.ts"
import type { Overflow } from "../Overflow.ts"

/** `0` is Protobuf, `1` is JSON. */
export type Format = 0 | 1

/** Where a message stands, and what may be done to it when it has to wait. */
export interface Slot {
  /** The channel as an object; the same for all its messages. */
  readonly channel: object
  readonly room: string
  readonly name: string
  readonly epoch: string
  readonly offset: number
  readonly overflow: Overflow
  readonly key: string
}

export class Packet {
  readonly event: Event
  /** The request that this answers; 0 for none. */
  readonly request: number
  /** Of a channel's message; undefined for everything else, which is never dropped. */
  readonly slot: Slot | undefined
  /** Complete WebSocket frames by format, made when the first client needs one. */
  binary: Uint8Array | undefined
  text: Uint8Array | undefined

  constructor(event: Event, request = 0, slot: Slot | undefined = undefined) {
    this.event = event
    this.request = request
    this.slot = slot
    this.binary = undefined
    this.text = undefined
  }
}

export const frameOf = (packet: Packet, format: Format): Uint8Array | undefined =>
  format === 0 ? packet.binary : packet.text

/** The hole that an entry stands for; undefined where it is a message. */
export const holeOf = (
  { channel, room }: { readonly room: string; readonly channel: string },
  { missing, position: { epoch, offset } }: Entry
): Skipped | undefined =>
  missing === undefined ? undefined : { room, channel, epoch, from: offset, to: offset, reason: "node", missing }

const eventOf = (ref: { readonly room: string; readonly channel: string }, entry: Entry): Event => {
  const skipped = holeOf(ref, entry)
  return skipped === undefined
    ? { _tag: "message", room: ref.room, channel: ref.channel, entry }
    : { _tag: "skipped", skipped }
}

/** An entry in its place: a message, or the hole that stands for some. */
export const messagePacket = (
  channel: object,
  ref: { readonly room: string; readonly channel: string },
  overflow: Overflow,
  entry: Entry
): Packet => {
  const { epoch, offset } = entry.position
  return new Packet(eventOf(ref, entry), 0, {
    channel,
    room: ref.room,
    name: ref.channel,
    epoch,
    offset,
    overflow,
    key: entry.content.key
  })
}

export const skipPacket = (
  ref: { readonly room: string; readonly channel: string },
  hole: { readonly epoch: string; readonly from: number; readonly to: number; readonly reason: SkipReason }
): Packet => {
  const skipped: Skipped = { room: ref.room, channel: ref.channel, ...hole }
  return new Packet({ _tag: "skipped", skipped })
}
