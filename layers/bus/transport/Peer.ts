/** One connection: what waits for it, and how it leaves. */
import * as Effect from "effect/Effect"
import type { Event } from "../../../src/bus/Event.ts"
import { type Format, Packet } from "../../../src/bus/routing/Packet.ts"
import { Outbox } from "../../../src/bus/routing/Outbox.ts"
import type { Sink } from "../../../src/bus/routing/Subscriber.ts"
import { closeCode } from "../../../src/bus/transport/CloseCode.ts"
import type { SocketPeer } from "../../../src/gateway/SocketProtocol.ts"
import type { Flushed, Flusher } from "./Flusher.ts"
import { frame } from "./Framing.ts"

/** Bytes that are written at once; what waits longer can still be dropped. */
const writeBytes = 65_536

/** Who has the connection. */
export interface PeerOwner {
  readonly close: (code: number, reason: string) => void
  /** So many messages gave way, to newer ones and to those of the same key. */
  readonly gaveWay: (dropped: number, conflated: number) => void
  readonly wasCut: () => void
}

// one of these for each connection, and each delivery goes through it: as few objects as possible between the two ends
export class Peer implements Sink, Flushed {
  readonly #socket: SocketPeer
  readonly #format: Format
  readonly #maxQueueBytes: number
  readonly #flusher: Flusher
  readonly #owner: PeerOwner
  readonly #outbox: Outbox
  #waiting: Array<() => void> | undefined
  #isDirty = false
  #isBlocked = false
  #isCut = false
  #isClosed = false

  constructor(socket: SocketPeer, format: Format, maxQueueBytes: number, flusher: Flusher, owner: PeerOwner) {
    this.#socket = socket
    this.#format = format
    this.#maxQueueBytes = maxQueueBytes
    this.#flusher = flusher
    this.#owner = owner
    this.#outbox = new Outbox(maxQueueBytes)
    socket.onDrain(() => this.#drained())
  }

  get capacity(): number {
    return this.#maxQueueBytes
  }

  get queuedBytes(): number {
    return this.#outbox.bytes + this.#socket.bufferedAmount()
  }

  get queuedFrames(): number {
    return this.#outbox.size
  }

  offer(packet: Packet): boolean {
    if (this.#isClosed || this.#isCut) return false
    const outbox = this.#outbox
    const { conflated, dropped } = outbox
    const taken = outbox.offer(packet, frame(packet, this.#format).length, this.#isBlocked)
    if (taken === false) {
      this.cut()
      return false
    }
    if (outbox.dropped !== dropped || outbox.conflated !== conflated)
      this.#owner.gaveWay(outbox.dropped - dropped, outbox.conflated - conflated)
    this.#schedule()
    return taken === true
  }

  tell(event: Event, request = 0): void {
    this.offer(new Packet(event, request))
  }

  isFull(): boolean {
    return !this.#isClosed && !this.#isCut && this.#outbox.bytes > this.#maxQueueBytes / 2
  }

  get ready(): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      if (!this.isFull()) return resume(Effect.void)
      this.#waiting ??= []
      this.#waiting.push(() => resume(Effect.void))
    })
  }

  /** The client is behind by more than it may be. What waits for it is dropped now, the connection in this turn's flush. */
  cut(): void {
    if (this.#isClosed || this.#isCut) return
    this.#isCut = true
    this.#outbox.clear()
    this.#owner.wasCut()
    this.#schedule()
    this.#wake()
  }

  flush(flusher: Flusher): void {
    this.#isDirty = false
    if (this.#isClosed) return
    if (this.#isCut) return this.#owner.close(closeCode.tooSlow, "too slow; connect again and resume")
    while (!this.#isBlocked && this.#outbox.size > 0) {
      const only = this.#outbox.takeOnly()
      const bytes =
        only === undefined ? flusher.gather(this.#outbox.take(writeBytes), this.#format) : frame(only, this.#format)
      this.#isBlocked = !this.#socket.writeFrames(bytes)
    }
    if (this.#waiting !== undefined && !this.isFull()) this.#wake()
  }

  /** Writes all that waits, whether the network takes it or not. */
  flushNow(): void {
    while (!this.#isClosed && this.#outbox.size > 0)
      this.#socket.writeFrames(this.#flusher.gather(this.#outbox.take(writeBytes), this.#format))
  }

  /** Says what waits, and closes. */
  end(code: number, reason: string): void {
    if (this.#isClosed) return
    this.flushNow()
    this.#owner.close(code, reason)
  }

  closed(): void {
    this.#isClosed = true
    this.#outbox.clear()
    this.#wake()
  }

  #drained(): void {
    this.#isBlocked = false
    if (this.#outbox.size > 0) this.#schedule()
    else this.#wake()
  }

  #schedule(): void {
    if (this.#isDirty || (this.#isBlocked && !this.#isCut)) return
    this.#isDirty = true
    this.#flusher.add(this)
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    for (const resume of waiting ?? []) resume()
  }
}
