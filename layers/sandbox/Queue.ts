/** The calls that wait for a slot: whoever asks for much waits behind himself, not before everybody else. */
import type { Lease } from "./Lease.ts"

/** Most that wait in one name, and in all names together. */
export interface QueueLimits {
  readonly each: number
  readonly all: number
}

export const queueLimits: QueueLimits = { each: 1024, all: 4096 }

const FULL = "too many plugin calls are waiting"

/** One line for each caller; callers take turns, and within a line the first comes first. */
export class Queue {
  readonly #limits: QueueLimits
  /** The caller whose turn it is stands first. No line is empty. */
  readonly #lines = new Map<string, Array<Lease>>()
  #size = 0

  constructor(limits: QueueLimits = queueLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#size
  }

  /** Where it is full, the last of the longest line goes; that may be the new one. */
  add(lease: Lease): void {
    const line = this.#lines.get(lease.caller) ?? []
    if (line.length >= this.#limits.each) return lease.refuse(FULL)
    if (this.#size >= this.#limits.all && !this.#drop(line.length + 1)) return lease.refuse(FULL)
    line.push(lease)
    this.#lines.set(lease.caller, line)
    this.#size++
  }

  /** How many could be served at once, where each caller may have so many more. */
  servable(more: (caller: string) => number): number {
    let count = 0
    for (const [caller, line] of this.#lines) count += Math.min(line.length, more(caller))
    return count
  }

  /** The next one of a caller who may have more; he goes to the end. */
  take(may: (caller: string) => boolean = () => true): Lease | undefined {
    for (const [caller, line] of this.#lines) {
      if (!may(caller)) continue
      const lease = line.shift()
      this.#lines.delete(caller)
      if (line.length > 0) this.#lines.set(caller, line)
      this.#size--
      return lease
    }
    return undefined
  }

  /** One that gave up. */
  remove(lease: Lease): void {
    const line = this.#lines.get(lease.caller)
    const at = line?.indexOf(lease) ?? -1
    if (line === undefined || at < 0) return
    line.splice(at, 1)
    if (line.length === 0) this.#lines.delete(lease.caller)
    this.#size--
  }

  refuseAll(message: string): void {
    const leases = [...this.#lines.values()].flat()
    this.#lines.clear()
    this.#size = 0
    for (const lease of leases) lease.refuse(message)
  }

  /** Refuses the last of the longest line, where that is longer than `than`. */
  #drop(than: number): boolean {
    let longest: Array<Lease> | undefined
    for (const line of this.#lines.values()) {
      if (line.length > (longest?.length ?? than)) longest = line
    }
    const last = longest?.at(-1)
    if (last === undefined) return false
    this.remove(last)
    last.refuse(FULL)
    return true
  }
}
