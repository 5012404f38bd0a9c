/**
 * What has to go out, in order, and what lately went: a server that loses what it had confirmed gets it again, under the
 * same id. Bounded: beyond that the oldest is dropped and counted. Plain mutable data for one owner.
 */
import type { TenantId } from "../../../src/domain/Ids.ts"
import type { Numbered } from "./Spoken.ts"

export interface Letter {
  /** The key of dedupe. */
  readonly id: string
  readonly subject: string
  readonly bytes: Uint8Array
  readonly tenant: TenantId
  /** Of a channel's message: its number among them. */
  readonly said?: Numbered | undefined
}

export interface Bounds {
  readonly letters: number
  readonly bytes: number
}

/** For how long what went out is kept, and how much of it. */
export interface Keep extends Bounds {
  readonly millis: number
}

interface Sent {
  readonly letter: Letter
  readonly at: number
}

export class Outbox {
  readonly #bounds: Bounds
  readonly #keep: Keep
  #waiting: Array<Letter> = []
  #taken: ReadonlyArray<Letter> = []
  /** From `#sentStart` on. */
  #sent: Array<Sent> = []
  #sentStart = 0
  #sentBytes = 0
  #bytes = 0
  /** Of what waits, the first so many go out again. */
  #again = 0
  #dropped = 0
  readonly #onDrop: (letter: Letter) => void

  constructor(bounds: Bounds, keep: Keep, onDrop: (letter: Letter) => void = () => undefined) {
    this.#bounds = bounds
    this.#keep = keep
    this.#onDrop = onDrop
  }

  /** Waiting, and on their way. */
  get size(): number {
    return this.#waiting.length + this.#taken.length
  }

  /** Whether something of what waits or is on its way was out before, and may not have arrived. */
  get isRepeating(): boolean {
    return this.#again > 0 || this.#taken.length > 0
  }

  get dropped(): number {
    return this.#dropped
  }

  add(letter: Letter): void {
    this.#waiting.push(letter)
    this.#bytes += letter.bytes.length
    let count = 0
    while (this.#waiting.length - count > this.#bounds.letters || this.#bytes > this.#bounds.bytes) {
      const oldest = this.#waiting[count]
      if (oldest === undefined) break
      this.#bytes -= oldest.bytes.length
      count += 1
    }
    if (count === 0) return
    this.#dropped += count
    this.#again = Math.max(0, this.#again - count)
    for (const dropped of this.#waiting.splice(0, count)) this.#onDrop(dropped)
  }

  /** The next ones in order; they are on their way until `done`. */
  take(most: number): ReadonlyArray<Letter> {
    this.#taken = this.#waiting.splice(0, most)
    this.#again = Math.max(0, this.#again - this.#taken.length)
    for (const letter of this.#taken) this.#bytes -= letter.bytes.length
    return this.#taken
  }

  /** What of those on their way did not arrive for sure goes out again, before everything else. */
  done(failed: ReadonlySet<Letter>, now: number): void {
    const again = this.#taken.filter((letter) => failed.has(letter))
    for (const letter of this.#taken) {
      if (failed.has(letter)) continue
      this.#sent.push({ letter, at: now })
      this.#sentBytes += letter.bytes.length
    }
    this.#taken = []
    this.#putBack(again)
    this.#forget(now - this.#keep.millis)
  }

  /** It can go out nowhere: it is dropped and counted. */
  refuse(letter: Letter): void {
    this.#taken = this.#taken.filter((one) => one !== letter)
    this.#dropped += 1
    this.#onDrop(letter)
  }

  /** The server may have lost what it confirmed at `since` or later: it goes out again, before everything else. */
  resend(since: number): void {
    this.#forget(since - this.#keep.millis)
    const lost = this.#sent.slice(this.#sentStart).map(({ letter }) => letter)
    this.#sent = []
    this.#sentStart = 0
    this.#sentBytes = 0
    this.#putBack(lost)
  }

  /** What went out before that, and what is too much. */
  #forget(before: number): void {
    for (;;) {
      const oldest = this.#sent[this.#sentStart]
      if (oldest === undefined) break
      const count = this.#sent.length - this.#sentStart
      if (oldest.at >= before && count <= this.#keep.letters && this.#sentBytes <= this.#keep.bytes) break
      this.#sentBytes -= oldest.letter.bytes.length
      this.#sentStart += 1
    }
    // cut off in one go, now and then
    if (this.#sentStart < 64 || this.#sentStart * 2 < this.#sent.length) return
    this.#sent = this.#sent.slice(this.#sentStart)
    this.#sentStart = 0
  }

  #putBack(letters: ReadonlyArray<Letter>): void {
    for (const letter of letters) this.#bytes += letter.bytes.length
    this.#again += letters.length
    this.#waiting.unshift(...letters)
  }
}
