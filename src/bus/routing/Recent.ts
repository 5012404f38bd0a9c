/**
 * The end of a channel, read once for all who come back at about the same time, and continued with what is delivered
 * meanwhile: packets, so that their frames are built once, too.
 */
import type { Range } from "../History.ts"
import { sameEpoch } from "../Position.ts"
import type { Packet } from "./Packet.ts"

/** For how long it may serve others than the first. */
export const recentMillis = 1000

export class Recent {
  readonly epoch: string
  /** The oldest that the history had; `top + 1` where it had none. */
  readonly first: number
  /** When it was read; milliseconds of the owner's clock. */
  readonly at: number
  readonly packets: Array<Packet>
  readonly #max: number
  readonly #after: number

  constructor(range: Pick<Range, "epoch" | "first" | "top">, packets: Array<Packet>, at: number, max: number) {
    this.epoch = range.epoch
    this.first = range.first
    this.at = at
    this.packets = packets
    this.#max = max
    this.#after = range.top - packets.length
  }

  get top(): number {
    return this.#after + this.packets.length
  }

  /** Offset of the first that it has; `top + 1` where it has none. */
  get from(): number {
    return this.#after + 1
  }

  /** Takes up what was just delivered; false where that does not follow, or is too much. */
  follow(packet: Packet): boolean {
    const { slot } = packet
    if (slot === undefined || !sameEpoch(slot.epoch, this.epoch)) return false
    if (slot.offset !== this.top + 1 || this.packets.length >= this.#max) return false
    this.packets.push(packet)
    return true
  }

  /** What stands behind an offset, in order. */
  behind(offset: number): ReadonlyArray<Packet> {
    return this.packets.slice(Math.max(0, offset - this.#after))
  }
}
