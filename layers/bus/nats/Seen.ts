/** Ids that were delivered, the newest of them: what a server sends again is delivered once. */

export class Seen {
  readonly #most: number
  #newer = new Set<string>()
  #older = new Set<string>()

  /** Remembers at least the `most` newest, and less than twice as many. */
  constructor(most: number) {
    this.#most = most
  }

  has(id: string): boolean {
    return this.#newer.has(id) || this.#older.has(id)
  }

  add(id: string): void {
    this.#newer.add(id)
    if (this.#newer.size < this.#most) return
    this.#older = this.#newer
    this.#newer = new Set()
  }
}
