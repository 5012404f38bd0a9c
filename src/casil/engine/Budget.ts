/** How much work one block may cost, in characters looked at beyond one look at each. The same for the same text. */

/** About ten milliseconds. */
export const MAX_STEPS = 2_000_000

/** A text made to cost more than any text of use does. */
export class OverBudget extends Error {
  override readonly name = "OverBudget"
}

/** Names of secrets that are looked at in one block: one for each 43 characters of 64 KiB. Later ones are not. */
export const MAX_NAMES = 1500

export class Budget {
  #spent = 0
  #names = 0
  readonly #limit: number

  constructor(limit = MAX_STEPS) {
    this.#limit = limit
  }

  get spent(): number {
    return this.#spent
  }

  /** Whether another name may be looked at. */
  name(): boolean {
    this.#names++
    return this.#names <= MAX_NAMES
  }

  /** Names were left out. */
  get isOver(): boolean {
    return this.#names > MAX_NAMES
  }

  spend(steps: number): void {
    this.#spent += steps
    if (this.#spent > this.#limit) throw new OverBudget()
  }
}
