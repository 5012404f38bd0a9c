/** Reads forward with a cursor, and says what it waits for when the text ends before it is done. */
import { type CharClass, has } from "../CharClass.ts"
import type { Cursor } from "../engine/Cursor.ts"

/** Reads with a cursor; when a character is missing, `wait` says so and the reading ends. */
export class Reading {
  readonly #cursor: Cursor
  readonly #text: string
  waits = false

  constructor(cursor: Cursor) {
    this.#cursor = cursor
    this.#text = cursor.text
  }

  char(i: number): string {
    return this.#text.charAt(i)
  }

  /** Where a run of `set` ends; waits when it may go on. */
  run(set: CharClass, from: number, limit: number): number {
    const { length } = this.#text
    let i = from
    while (i < length && i - from < limit && has(set, this.#text.charCodeAt(i))) i++
    if (i === length && i - from < limit) this.need(i, set, from + limit)
    return i
  }

  /** The same where the run may be long, and asked for again from within it. */
  long(set: CharClass, from: number, limit: number): number {
    const end = this.#cursor.runEnd(set, from, limit)
    if (end === this.#text.length && end - from < limit) this.need(end, set, from + limit)
    return end
  }

  /** Needs the character at `i`. */
  need(i: number, set?: CharClass, until?: number): void {
    if (this.waits || !this.#cursor.unknown(i)) return
    this.waits = true
    this.#cursor.more(i, set, this.hold, until)
  }

  /** What was found is open until the reading ends. */
  keep(from: number): void {
    this.hold = from
    if (this.waits) this.#cursor.hold = from
  }

  /** Nothing before this is a part of the value. */
  hold = 0
}
