/** Indexes of the scopes that were asked for lately, up to a number of bytes; the longest unused leaves first. */
import * as Semaphore from "effect/Semaphore"
import { type MemoryScope, scopeKey } from "../../src/memory/MemoryScope.ts"
import { Ranker } from "../../src/memory/recall/Rank.ts"
import { ScopeIndex } from "../../src/memory/recall/ScopeIndex.ts"

export interface Entry {
  index: ScopeIndex
  ranker: Ranker
  /** What the index took when it was last counted. */
  bytes: number
  /** Whether anybody asked since it was last looked at. */
  used: boolean
  /** Utterances of its latest snapshot. */
  kept: number
  /** Held while the index is filled. */
  readonly lock: Semaphore.Semaphore
}

/** What an index's objects take beside its numbers. */
const objects = 8_192

export class IndexCache {
  readonly #limit: number
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  get size(): number {
    return this.#entries.size
  }

  /** About what all of them take, as they were counted. */
  get bytes(): number {
    return this.#bytes
  }

  /** The scope's entry, as the one used last. */
  of(scope: MemoryScope): Entry {
    const key = scopeKey(scope)
    const entry = this.#entries.get(key) ?? {
      index: new ScopeIndex(""),
      ranker: new Ranker(),
      bytes: 0,
      used: true,
      kept: 0,
      lock: Semaphore.makeUnsafe(1)
    }
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    entry.used = true
    return entry
  }

  /** Drops what nobody asked for since the last time. */
  dropIdle(): void {
    for (const [key, entry] of this.#entries) {
      if (!entry.used) {
        this.#entries.delete(key)
        this.#bytes -= entry.bytes
      }
      entry.used = false
    }
  }

  /**
   * Counts what the scope's index takes now (nobody walks all of them for each question), and drops what is too much;
   * the one used last stays, whatever its size.
   */
  trim(scope: MemoryScope): void {
    const used = this.#entries.get(scopeKey(scope))
    if (used !== undefined) {
      const bytes = used.index.bytes + objects
      this.#bytes += bytes - used.bytes
      used.bytes = bytes
    }
    for (const [key, { bytes }] of this.#entries) {
      if (this.#bytes <= this.#limit || this.#entries.size === 1) return
      this.#entries.delete(key)
      this.#bytes -= bytes
    }
  }
}
