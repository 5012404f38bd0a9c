/**
 * The one order of a channel. Messages arrive when their appends are answered, or from other nodes, in any order and
 * more than once; they leave in the order of their offsets, once each, and what cannot be had leaves a hole that is
 * told. Mutable, for one owner; no I/O.
 */
import type { SkipReason } from "../Event.ts"
import { type Position, sameEpoch } from "../Position.ts"

export interface Hole {
  readonly epoch: string
  readonly from: number
  readonly to: number
  readonly reason: SkipReason
}

export type Step<A> = { readonly _tag: "deliver"; readonly item: A } | { readonly _tag: "skip"; readonly hole: Hole }

interface Arrival<A> {
  readonly position: Position
  readonly item: A
}

export class Sequence<A> {
  readonly #maxParked: number
  #at: Position | undefined
  /** Before it is ready: everything, as it came. */
  #early: Array<Arrival<A>> = []
  /** After that: what came before something that should stand before it. */
  readonly #parked = new Map<number, A>()

  constructor(maxParked = 1024) {
    this.#maxParked = maxParked
  }

  /** The last that left; undefined until it is known where the channel stands. */
  get position(): Position | undefined {
    return this.#at
  }

  /** What is missing before something that has arrived. */
  get hole(): { readonly after: Position; readonly to: number } | undefined {
    if (this.#at === undefined || this.#parked.size === 0) return undefined
    return { after: this.#at, to: Math.min(...this.#parked.keys()) - 1 }
  }

  /** Whether this item waits for what should stand before it. */
  holds(position: Position, item: A): boolean {
    return this.#at === undefined
      ? this.#early.some((arrival) => arrival.item === item)
      : this.#parked.get(position.offset) === item
  }

  /** Goes on without anybody to deliver to; false where that needs to know more than this position. */
  pass(position: Position): boolean {
    const at = this.#at
    if (at === undefined || this.#parked.size > 0 || !sameEpoch(at.epoch, position.epoch)) return false
    if (position.offset > at.offset + 1) return false
    if (position.offset === at.offset + 1) this.#at = { epoch: position.epoch, offset: position.offset }
    return true
  }

  /** Forgets where the channel stands, and gives back what waited. */
  reset(): ReadonlyArray<A> {
    const waiting = [...this.#early.map(({ item }) => item), ...this.#parked.values()]
    this.#at = undefined
    this.#early = []
    this.#parked.clear()
    return waiting
  }

  /**
   * Where the channel stands, as the history says: the first time everything up to there is past. Later only another
   * epoch is news, and is told.
   */
  start(position: Position): ReadonlyArray<Step<A>> {
    if (this.#at !== undefined) {
      if (sameEpoch(this.#at.epoch, position.epoch)) return []
      const rest = this.#giveUp("unavailable")
      this.#at = { epoch: position.epoch, offset: position.offset }
      return [...rest, { _tag: "skip", hole: { epoch: position.epoch, from: 1, to: position.offset, reason: "epoch" } }]
    }
    this.#at = { epoch: position.epoch, offset: position.offset }
    const early = this.#early
    this.#early = []
    return early.flatMap((arrival) => this.arrive(arrival.position, arrival.item))
  }

  /** Begins with the first that came, where nobody will say any more where the channel stands. */
  startAnywhere(): ReadonlyArray<Step<A>> {
    const [first] = this.#early
    if (first === undefined) return []
    const { epoch } = first.position
    const offsets = this.#early.flatMap(({ position }) => (position.epoch === epoch ? [position.offset] : []))
    return this.start({ epoch, offset: Math.min(...offsets) - 1 })
  }

  arrive(position: Position, item: A): ReadonlyArray<Step<A>> {
    const at = this.#at
    if (at === undefined) {
      this.#early.push({ position, item })
      return []
    }
    if (!sameEpoch(at.epoch, position.epoch)) {
      // what was parked is known, what stood before it is not
      const rest = this.#giveUp("unavailable")
      this.#at = { epoch: position.epoch, offset: position.offset }
      const hole: Hole = { epoch: position.epoch, from: 1, to: position.offset - 1, reason: "epoch" }
      return [...rest, { _tag: "skip", hole }, { _tag: "deliver", item }]
    }
    if (position.offset <= at.offset || this.#parked.has(position.offset)) return []
    if (position.offset === at.offset + 1) {
      // a position of its own: what was given may hold on to a whole message
      this.#at = { epoch: position.epoch, offset: position.offset }
      if (this.#parked.size === 0) return [{ _tag: "deliver", item }]
      return [{ _tag: "deliver", item }, ...this.#follow()]
    }
    this.#parked.set(position.offset, item)
    return this.#parked.size > this.#maxParked ? this.#giveUp("unavailable") : []
  }

  /** Closes the hole with what the history has of it (oldest first); what it has not is skipped. */
  fill(epoch: string, found: ReadonlyArray<{ readonly offset: number; readonly item: A }>): ReadonlyArray<Step<A>> {
    const hole = this.hole
    if (hole === undefined || !sameEpoch(hole.after.epoch, epoch)) return this.#giveUp("unavailable")
    for (const { item, offset } of found) {
      if (offset > hole.after.offset && offset <= hole.to) this.#parked.set(offset, item)
    }
    return this.#giveUp("trimmed")
  }

  /** Everything that is parked leaves, with the holes between told. */
  #giveUp(reason: SkipReason): ReadonlyArray<Step<A>> {
    const steps: Array<Step<A>> = []
    for (let hole = this.hole; hole !== undefined; hole = this.hole) {
      const { epoch, offset } = hole.after
      if (hole.to > offset) steps.push({ _tag: "skip", hole: { epoch, from: offset + 1, to: hole.to, reason } })
      this.#at = { epoch, offset: hole.to }
      steps.push(...this.#follow())
    }
    return steps
  }

  /** What is parked right behind the last that left. */
  #follow(): ReadonlyArray<Step<A>> {
    const steps: Array<Step<A>> = []
    for (let at = this.#at; at !== undefined; at = this.#at) {
      const offset = at.offset + 1
      const item = this.#parked.get(offset)
      if (item === undefined) break
      this.#parked.delete(offset)
      this.#at = { epoch: at.epoch, offset }
      steps.push({ _tag: "deliver", item })
    }
    return steps
  }
}
