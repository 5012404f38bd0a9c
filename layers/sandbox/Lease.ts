/** One caller's hold on a slot, and the two clocks it runs against. */
import type { Cause, Slot } from "./Slot.ts"

/** One caller's claim: waits for a slot, holds it, gives it back. */
export class Lease {
  readonly affinity: string
  /** In whose name it waits. */
  readonly caller: string
  readonly #release: (lease: Lease) => void
  readonly #hostMs: number
  #slot: Slot | undefined
  #failure: string | undefined
  #listener: (() => void) | undefined
  #deadline: NodeJS.Timeout | undefined
  #since: number | undefined
  /** Milliseconds until the deadline, worked, and waited, as of the last change from one to the other. */
  #left = 0
  #worked = 0
  #waited = 0
  #asked = 0
  #closed = false
  /** False while the slot works: it cannot serve again before it has answered. */
  clean = true

  constructor(affinity: string, caller: string, hostMs: number, release: (lease: Lease) => void) {
    this.#release = release
    this.affinity = affinity
    this.caller = caller
    this.#hostMs = hostMs
  }

  get slot(): Slot | undefined {
    return this.#slot
  }
  get failure(): string | undefined {
    return this.#failure
  }
  /** Neither a slot nor a failure so far. */
  get waits(): boolean {
    return this.#slot === undefined && this.#failure === undefined
  }
  /** How long the slot itself has worked. */
  get busyMs(): number {
    return this.#worked + this.#running
  }

  /** Calls `listener` once there is a slot or a failure. */
  settled(listener: () => void): void {
    if (this.waits) this.#listener = listener
    else listener()
  }
  grant(slot: Slot): void {
    this.#slot = slot
    slot.affinity = this.affinity
    this.#listener?.()
  }
  refuse(message: string): void {
    this.#failure = message
    this.#listener?.()
  }

  /** From here on the slot works against the clock. */
  start(deadlineMs: number): void {
    this.clean = false
    this.#left = deadlineMs
    this.#work()
  }

  /** The slot waits for a host function: that is not its time, and has a limit of its own. */
  pause(): void {
    this.#left -= this.#running
    this.#worked += this.#running
    this.#since = undefined
    this.#asked = performance.now()
    this.#limit("waiting", this.#hostMs - this.#waited)
  }

  resume(): void {
    this.#waited += performance.now() - this.#asked
    this.#work()
  }

  #work(): void {
    this.#since = performance.now()
    this.#limit("deadline", this.#left)
  }

  #limit(cause: Cause, milliseconds: number): void {
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => this.#slot?.kill(cause), Math.max(0, milliseconds))
  }

  get #running(): number {
    return this.#since === undefined ? 0 : performance.now() - this.#since
  }

  /** Gives the slot back; one that has not answered is killed. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#deadline)
    this.#listener = undefined
    this.#release(this)
  }
}
