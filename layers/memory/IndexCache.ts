/** Indexes of the scopes that were asked for lately, up to a number of bytes; the longest unused leaves first. */
import * as Semaphore from "effect/Semaphore"
import { type MemoryScope, scopeKey } from "../../src/memory/MemoryScope.ts"
import { Ranker } from "../../src/memory/recall/Rank.ts"
import { ScopeIndex } from "../../src/memory/recall/ScopeIndex.ts"

export interface Entry {
  index: ScopeIndex
  ranker: Ranker
  /** Held while the index is filled. */
  readonly lock: Semaphore.Semaphore
}

export class IndexCache {
  readonly #limit: number
  readonly #entries = new Map<string, Entry>()

  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  get size(): number {
    return this.#entries.size
  }

  get bytes(): number {
    let sum = 0
    for (const { index } of this.#entries.values()) sum += index.bytes
    return sum
  }

  /** The scope's entry, as the one used last. */
  of(scope: MemoryScope): Entry {
    const key = scopeKey(scope)
    const entry = this.#entries.get(key) ?? {
      index: new ScopeIndex(""),
      ranker: new Ranker(),
      lock: Semaphore.makeUnsafe(1)
    }
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry
  }

  /** Drops what is too much; the one used last stays, whatever its size. */
  trim(): void {
    let bytes = this.bytes
    for (const [key, { index }] of this.#entries) {
      if (bytes <= this.#limit || this.#entries.size === 1) return
      this.#entries.delete(key)
      bytes -= index.bytes
    }
  }

  clear(): void {
    this.#entries.clear()
  }
}
