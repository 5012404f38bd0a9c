/**
 * How much work one block may cost. A step is about a character looked at once, a few nanoseconds; what costs more counts
 * as so many. The same for the same text, whatever the machine.
 */

/** For 64 KiB: less than ten milliseconds, and a quarter more than the dearest text of use that we know. */
export const MAX_STEPS = 1_300_000
const USUAL = 65_536

/** For each character that an expression of an operator's own is in: he chose them, and knows what they cost. */
const EXPRESSION = 20

/** Steps for blocks of which so many bytes are inspected, with so many expressions of an operator's own. */
export const stepsFor = (bytes: number, expressions = 0): number =>
  Math.ceil((MAX_STEPS + EXPRESSION * expressions * USUAL) * Math.max(1, bytes / USUAL))

/** Steps of what costs more than a look at a character. */
export const COST = {
  /** A character of a text that is looked through, whatever is found in it. */
  scanned: 2,
  /** A rule asked about a place. */
  asked: 30,
  /** A rule asked about a whole word, beside half of its characters. */
  word: 10,
  /** A character of a word that may be written in another way. */
  read: 3,
  /** A character beyond ASCII, or one that comes with such. */
  folded: 6,
  /** A field of a value, with its path. */
  field: 90,
  /** A name of a secret, as far as the value beside it. */
  name: 165,
  /** A value weighed by its name and looks. */
  scored: 630,
  /** A character of such a value. */
  weighed: 12,
  /** Another text read out of this one. */
  opened: 320,
  /** A place that an expression is in. */
  followed: 5,
  /** Something found, and all that becomes of it. */
  found: 240
} as const

/**
 * Steps to look through so many characters, where only the first `room` of them may hold anything: the rest is passed
 * on, however much it is.
 */
export const scanCost = (length: number, plain: boolean, room: number): number =>
  Math.max(0, Math.min(length, room)) * (plain ? COST.scanned : COST.scanned + COST.folded)

/** Beginnings of hints that are followed in one block. */
export const MAX_HINTS = 1000

export class Budget {
  #spent = 0
  #hints = 0
  readonly #limit: number

  constructor(limit = MAX_STEPS) {
    this.#limit = limit
  }

  get spent(): number {
    return this.#spent
  }

  /** Whether another beginning of a hint may be followed. Later ones are left out, which decides nothing. */
  mayHint(): boolean {
    return ++this.#hints <= MAX_HINTS
  }

  /** A text made to cost more than any text of use does: whoever looks through it stops where he is. */
  get isOver(): boolean {
    return this.#spent > this.#limit
  }

  spend(steps: number): void {
    this.#spent += steps
  }
}
