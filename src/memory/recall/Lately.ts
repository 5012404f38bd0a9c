/** What was looked for lately, by word: as many as are wanted, and at most as many again that nobody looked for since. */
export class Lately<A> {
  readonly #most: number
  #recent = new Map<string, A>()
  #before = new Map<string, A>()

  constructor(most: number) {
    this.#most = most
  }

  /** What is known of a word, by `make` where nothing is. Common words stay while rare ones come and go. */
  get(word: string, make: (word: string) => A): A {
    const known = this.#recent.get(word)
    if (known !== undefined) return known
    const value = this.#before.get(word) ?? make(word)
    if (this.#recent.size >= this.#most) {
      this.#before = this.#recent
      this.#recent = new Map()
    }
    this.#recent.set(word, value)
    return value
  }
}
