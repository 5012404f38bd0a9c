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

export interface PeerOptions {
  readonly socket: SocketPeer
  readonly format: Format
  readonly maxQueueBytes: number
  readonly flusher: Flusher
  readonly close: (code: number, reason: string) => void
  /** Messages gave way, to newer ones or to those of the same key. */
  readonly onDropped: (dropped: number, conflated: number) => void
  readonly onCut: () => void
}

export class Peer implements Sink, Flushed {
  readonly #options: PeerOptions
  readonly #outbox: Outbox
  #waiting: Array<() => void> | undefined
  #isDirty = false
  #isBlocked = false
  #isCut = false
  #isClosed = false

  constructor(options: PeerOptions) {
    this.#options = options
    this.#outbox = new Outbox(options.maxQueueBytes)
    options.socket.onDrain(() => this.#drained())
  }

  get queuedBytes(): number {
    return this.#outbox.bytes + this.#options.socket.bufferedAmount()
  }

  get queuedFrames(): number {
    return this.#outbox.size
  }

  offer(packet: Packet): boolean {
    if (this.#isClosed || this.#isCut) return false
    const { conflated, dropped } = this.#outbox
    const taken = this.#outbox.offer(packet, frame(packet, this.#options.format).length, this.#isBlocked)
    if (taken === false) {
      this.cut()
      return false
    }
    if (this.#outbox.dropped !== dropped || this.#outbox.conflated !== conflated)
      this.#options.onDropped(this.#outbox.dropped - dropped, this.#outbox.conflated - conflated)
    this.#schedule()
    return taken === true
  }

  tell(event: Event, request = 0): void {
    this.offer(new Packet(event, request))
  }

  isFull(): boolean {
    return !this.#isClosed && !this.#isCut && this.#outbox.bytes > this.#options.maxQueueBytes / 2
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
    this.#options.onCut()
    this.#schedule()
    this.#wake()
  }

  flush(flusher: Flusher): void {
    this.#isDirty = false
    if (this.#isClosed) return
    if (this.#isCut) return this.#options.close(closeCode.tooSlow, "too slow; connect again and resume")
    while (!this.#isBlocked && this.#outbox.size > 0) {
      const bytes = flusher.gather(this.#outbox.take(writeBytes), this.#options.format)
      this.#isBlocked = !this.#options.socket.writeFrames(bytes)
    }
    if (this.#waiting !== undefined && !this.isFull()) this.#wake()
  }

  /** Writes all that waits, whether the network takes it or not. */
  flushNow(): void {
    const { flusher, format, socket } = this.#options
    while (!this.#isClosed && this.#outbox.size > 0)
      socket.writeFrames(flusher.gather(this.#outbox.take(writeBytes), format))
  }

  /** Says what waits, and closes. */
  end(code: number, reason: string): void {
    if (this.#isClosed) return
    this.flushNow()
    this.#options.close(code, reason)
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
    this.#options.flusher.add(this)
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    for (const resume of waiting ?? []) resume()
  }
}
