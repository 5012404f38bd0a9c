/**
 * Runs a program over a text that comes character by character: finds the leftmost longest matches, each character
 * looked at once by each place the program is in, and keeps no text. How the text was cut makes no difference.
 */
import { has, word } from "../CharClass.ts"
import type { Assertion } from "./Parse.ts"
import type { Program } from "./Program.ts"

/** A longer match is none. */
export const LONGEST_MATCH = 2048
const NEWLINE = 10
const NOWHERE = -1

/** No character: the field is over. */
export const NOTHING = -1

export class Matcher {
  readonly #program: Program
  readonly #onMatch: (start: number, end: number) => void
  /** Where each place's match began, by instruction, before and after a character; `NOWHERE` where the program is not. */
  #places: Float64Array
  #next: Float64Array
  #live: Array<number> = []
  #following: Array<number> = []
  #before = NOTHING
  #bestStart = NOWHERE
  #bestEnd = NOWHERE
  /** Matches begin no earlier. */
  #from = 0

  constructor(program: Program, onMatch: (start: number, end: number) => void) {
    this.#program = program
    this.#onMatch = onMatch
    this.#places = new Float64Array(program.instructions.length).fill(NOWHERE)
    this.#next = new Float64Array(program.instructions.length).fill(NOWHERE)
  }

  /** Places that the program is in: what a character costs. */
  get places(): number {
    return this.#live.length
  }

  /** Where the earliest match that may still come begins; infinite for nowhere. */
  get held(): number {
    let held = this.#bestStart === NOWHERE ? Number.POSITIVE_INFINITY : this.#bestStart
    for (const at of this.#live) held = Math.min(held, this.#places[at] ?? held)
    return held
  }

  /** Takes the character at `position`; none when the text or the field is over. */
  step(code: number, position: number, mayBegin: boolean): void {
    const after = code
    const live = this.#live
    this.#live = []
    const starts = live.map((at) => this.#places[at] ?? NOWHERE)
    for (const at of live) this.#places[at] = NOWHERE
    live.forEach((at, i) => this.#enter(at, starts[i] ?? NOWHERE, position, after))
    // what begins after the best match so far counts if that one is settled
    if (mayBegin && position >= (this.#bestStart === NOWHERE ? this.#from : this.#bestEnd)) {
      this.#enter(this.#program.start, position, position, after)
    }
    this.#settle()
    if (code !== NOTHING) this.#consume(code, position)
    this.#before = code
    if (code === NOTHING) this.#over()
  }

  /** Follows everything that takes no character. */
  #enter(at: number, start: number, position: number, after: number): void {
    const instruction = this.#program.instructions[at]
    const known = this.#places[at] ?? NOWHERE
    if (instruction === undefined || (known !== NOWHERE && known <= start)) return
    if (instruction.op === "match") {
      if (
        this.#bestStart === NOWHERE ||
        start < this.#bestStart ||
        (start === this.#bestStart && position > this.#bestEnd)
      ) {
        this.#bestStart = start
        this.#bestEnd = position
      }
      return
    }
    if (known === NOWHERE) this.#live.push(at)
    this.#places[at] = start
    if (instruction.op === "fork") {
      this.#enter(instruction.next, start, position, after)
      this.#enter(instruction.other, start, position, after)
    } else if (instruction.op === "assert" && this.#holds(instruction.assertion, after)) {
      this.#enter(instruction.next, start, position, after)
    }
  }

  #holds(assertion: Assertion, after: number): boolean {
    const before = this.#before
    switch (assertion) {
      case "line start":
        return before === NOTHING || before === NEWLINE
      case "line end":
        return after === NOTHING || after === NEWLINE
      case "word edge":
        return (before !== NOTHING && has(word, before)) !== (after !== NOTHING && has(word, after))
    }
  }

  #consume(code: number, position: number): void {
    this.#following = []
    for (const at of this.#live) {
      const instruction = this.#program.instructions[at]
      const start = this.#places[at] ?? NOWHERE
      this.#places[at] = NOWHERE
      if (instruction?.op !== "char" || position - start >= LONGEST_MATCH) continue
      const { others, table } = instruction.set
      if (has(table, code) === (code > 127 && others.has(code))) continue
      const known = this.#next[instruction.next] ?? NOWHERE
      if (known === NOWHERE) this.#following.push(instruction.next)
      if (known === NOWHERE || start < known) this.#next[instruction.next] = start
    }
    this.#live = this.#following
    const spare = this.#places
    this.#places = this.#next
    this.#next = spare
  }

  /** A match is what it is when nothing that began with it or before goes on. */
  #settle(): void {
    if (this.#bestStart === NOWHERE) return
    for (const at of this.#live) {
      const start = this.#places[at] ?? NOWHERE
      if (start <= this.#bestStart && this.#program.instructions[at]?.op === "char") return
    }
    this.#emit()
  }

  #emit(): void {
    const end = this.#bestEnd
    this.#onMatch(this.#bestStart, end)
    this.#from = end
    this.#bestStart = NOWHERE
    this.#bestEnd = NOWHERE
    this.#live = this.#live.filter((at) => {
      const keeps = (this.#places[at] ?? NOWHERE) >= end
      if (!keeps) this.#places[at] = NOWHERE
      return keeps
    })
  }

  #over(): void {
    if (this.#bestStart !== NOWHERE) this.#emit()
    for (const at of this.#live) this.#places[at] = NOWHERE
    this.#live = []
  }
}
