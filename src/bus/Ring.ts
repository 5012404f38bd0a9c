/**
 * One channel's memory: the newest messages without holes, and which keys were used. Plain mutable data for one owner;
 * every operation costs what it adds or drops, nothing walks the whole.
 */
import type { Draft, Entry } from "./Message.ts"
import { weight } from "./Message.ts"
import type { Position } from "./Position.ts"
import { sameEpoch } from "./Position.ts"

export interface RingLimits {
  readonly messages: number
  readonly millis: number
}

/** For how long, and for how many keys at most, a repeat is known. */
export interface Window {
  readonly millis: number
  readonly keys: number
}

/** What a used key holds on to, besides its own characters. */
const keyWeight = 96

export class Ring {
  readonly epoch: string
  readonly #window: Window
  #top = 0
  #bytes = 0
  /** From `#start` on; what was dropped is cut off in one go, now and then. */
  #entries: Array<Entry> = []
  #start = 0
  readonly #keys = new Map<string, { readonly offset: number; readonly at: number }>()
  #millis = Infinity

  constructor(epoch: string, window: Window) {
    this.epoch = epoch
    this.#window = window
  }

  get top(): number {
    return this.#top
  }

  /** Offset of the oldest that is kept; `top + 1` where none is. */
  get first(): number {
    return this.#top - this.size + 1
  }

  get size(): number {
    return this.#entries.length - this.#start
  }

  /** About what it holds in memory. */
  get bytes(): number {
    return this.#bytes
  }

  /** The offset that a key was used for, within the window. */
  known(key: string, now: number): number | undefined {
    this.#forgetKeys(now)
    return this.#keys.get(key)?.offset
  }

  append(draft: Draft, key: string | undefined, limits: RingLimits, now: number): Entry {
    this.#top += 1
    this.#millis = limits.millis
    const entry: Entry = { ...draft, position: { epoch: this.epoch, offset: this.#top } }
    if (limits.messages === 0) this.#drop(this.size)
    else {
      this.#entries.push(entry)
      this.#bytes += weight(entry)
      this.#drop(this.size - limits.messages)
      this.expire(now)
    }
    if (key !== undefined) {
      this.#keys.set(key, { offset: this.#top, at: now })
      this.#bytes += key.length + keyWeight
      this.#forgetKeys(now)
    }
    return entry
  }

  /** Drops what is older than the channel keeps. */
  expire(now: number): void {
    const before = now - this.#millis
    let count = 0
    while (count < this.size && (this.#entries[this.#start + count]?.at ?? Infinity) <= before) count++
    this.#drop(count)
  }

  /** Drops what stands at `offset` and before. */
  trim(offset: number): void {
    this.#drop(Math.min(this.size, offset - this.first + 1))
  }

  /** Gives up a tenth of its messages, the oldest; where it has none, of its keys. False when nothing was left. */
  shed(): boolean {
    const messages = Math.ceil(this.size / 10)
    const keys = messages > 0 ? 0 : Math.ceil(this.#keys.size / 10)
    this.#drop(messages)
    let left = keys
    for (const key of this.#keys.keys()) {
      if (left-- <= 0) break
      this.#forget(key)
    }
    return messages + keys > 0
  }

  /** Oldest first. Behind `after`; all of them where that is of another epoch. */
  read(after: Position | undefined, limit: number, end: "oldest" | "newest"): ReadonlyArray<Entry> {
    const known = after !== undefined && sameEpoch(after.epoch, this.epoch)
    const skip = known ? Math.max(0, after.offset - this.first + 1) : 0
    const from = Math.min(this.#start + skip, this.#entries.length)
    const count = Math.min(limit, this.#entries.length - from)
    const start = end === "oldest" ? from : this.#entries.length - count
    return this.#entries.slice(start, start + count)
  }

  #forgetKeys(now: number): void {
    for (const [key, { at }] of this.#keys) {
      if (this.#keys.size <= this.#window.keys && at > now - this.#window.millis) return
      this.#forget(key)
    }
  }

  #forget(key: string): void {
    if (this.#keys.delete(key)) this.#bytes -= key.length + keyWeight
  }

  #drop(count: number): void {
    for (let dropped = 0; dropped < count; dropped++) {
      const entry = this.#entries[this.#start + dropped]
      if (entry !== undefined) this.#bytes -= weight(entry)
    }
    if (count > 0) this.#start += count
    if (this.#start > 32 && this.#start * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#start)
      this.#start = 0
    }
  }
}
