/** One flush for each connection in a turn of the event loop, however much was queued for it. */
import type { Format, Packet } from "../../../src/bus/routing/Packet.ts"
import { frame } from "./Framing.ts"

export interface Flushed {
  /** Writes what waits. */
  readonly flush: (flusher: Flusher) => void
}

export class Flusher {
  #dirty: Array<Flushed> = []
  #isScheduled = false
  #packets: ReadonlyArray<Packet> = []
  #format: Format = 0
  #bytes: Uint8Array | undefined

  /** To be flushed at the end of this turn. Each asks once, until it was flushed. */
  add(one: Flushed): void {
    this.#dirty.push(one)
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#run())
  }

  /** The packets' frames one after the other; the same bytes for all who get the same packets in one turn. */
  gather(packets: ReadonlyArray<Packet>, format: Format): Uint8Array {
    if (this.#bytes !== undefined && this.#format === format && same(this.#packets, packets)) return this.#bytes
    const [only] = packets
    const bytes =
      packets.length === 1 && only !== undefined
        ? frame(only, format)
        : Buffer.concat(packets.map((packet) => frame(packet, format)))
    this.#packets = packets
    this.#format = format
    this.#bytes = bytes
    return bytes
  }

  #run(): void {
    this.#isScheduled = false
    const dirty = this.#dirty
    this.#dirty = []
    for (const one of dirty) one.flush(this)
    this.#packets = []
    this.#bytes = undefined
  }
}

const same = (a: ReadonlyArray<Packet>, b: ReadonlyArray<Packet>): boolean => {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}
