/**
 * Events between a socket, which cannot be held back, and whoever takes them one by one. When too many wait it says so,
 * and says when there is room again.
 */
import type { BusEvent } from "./Events.ts"

export class EventQueue implements AsyncIterable<BusEvent> {
  readonly #most: number
  readonly #onRoom: () => void
  #waiting: Array<BusEvent> = []
  #taken = 0
  #takers: Array<(result: IteratorResult<BusEvent>) => void> = []
  #isFull = false
  #end: { readonly failure: Error | undefined } | undefined

  constructor(most: number, onRoom: () => void) {
    this.#most = most
    this.#onRoom = onRoom
  }

  get size(): number {
    return this.#waiting.length - this.#taken
  }

  /** False where no more should come until there is room. */
  add(event: BusEvent): boolean {
    const taker = this.#takers.shift()
    if (taker !== undefined) taker({ done: false, value: event })
    else this.#waiting.push(event)
    this.#isFull ||= this.size >= this.#most
    return !this.#isFull
  }

  /** Nothing more comes; what waits is still given. */
  end(failure?: Error): void {
    if (this.#end !== undefined) return
    this.#end = { failure }
    for (const taker of this.#takers.splice(0)) taker({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): AsyncIterator<BusEvent> {
    return { next: () => this.#next(), return: () => Promise.resolve({ done: true, value: undefined }) }
  }

  #next(): Promise<IteratorResult<BusEvent>> {
    const event = this.#waiting[this.#taken]
    if (event === undefined) {
      if (this.#end === undefined) return new Promise((resolve) => this.#takers.push(resolve))
      const { failure } = this.#end
      return failure === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(failure)
    }
    this.#taken += 1
    if (this.#taken > 64 && this.#taken * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#taken)
      this.#taken = 0
    }
    if (this.#isFull && this.size * 2 <= this.#most) {
      this.#isFull = false
      this.#onRoom()
    }
    return Promise.resolve({ done: false, value: event })
  }
}
