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
  /** Matches after the best one, by where they begin. */
  #later: Array<{ readonly start: number; readonly end: number }> = []
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

  /** Nothing has begun, and nothing is found that is not told yet. */
  get isIdle(): boolean {
    return this.#live.length === 0 && this.#bestStart === NOWHERE
  }

  /** Where the earliest match that may still come begins; infinite for nowhere. */
  get held(): number {
    let held = this.#bestStart === NOWHERE ? Number.POSITIVE_INFINITY : this.#bestStart
    for (const at of this.#live) held = Math.min(held, this.#places[at] ?? held)
    return held
  }

  /** Takes the character at `position`, after `before`; none when the text or the field is over or has begun. */
  step(code: number, position: number, mayBegin: boolean, before: number): void {
    const after = code
    this.#before = before
    // what goes on began after the best match so far: that is one, and the next may be among what goes on
    while (this.#bestStart !== NOWHERE && !this.#live.some((at) => (this.#places[at] ?? NOWHERE) <= this.#bestStart)) {
      this.#emit()
    }
    const live = this.#live
    this.#live = []
    const starts = live.map((at) => this.#places[at] ?? NOWHERE)
    for (const at of live) this.#places[at] = NOWHERE
    live.forEach((at, i) => this.#enter(at, starts[i] ?? NOWHERE, position, after))
    // what has begun within the best match so far is none, and must not stand in the way of what begins after it
    if (this.#bestEnd === position) this.#keep((start) => start <= this.#bestStart)
    // what begins after the best match so far counts if that one is settled
    if (mayBegin && position >= (this.#bestStart === NOWHERE ? this.#from : this.#bestEnd)) {
      this.#enter(this.#program.start, position, position, after)
    }
    this.#settle()
    if (code !== NOTHING) this.#consume(code, position)
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
        this.#later = this.#later.filter((each) => each.start >= position)
      } else if (start >= this.#bestEnd) this.#note(start, position)
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

  /** A match after the best one so far, which may still grow over it. */
  #note(start: number, end: number): void {
    const known = this.#later.findIndex((each) => each.start >= start)
    if (known < 0) this.#later.push({ start, end })
    else if (this.#later[known]?.start === start) this.#later[known] = { start, end }
    else this.#later.splice(known, 0, { start, end })
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
    while (this.#bestStart !== NOWHERE) {
      for (const at of this.#live) {
        const start = this.#places[at] ?? NOWHERE
        if (start <= this.#bestStart && this.#program.instructions[at]?.op === "char") return
      }
      this.#emit()
    }
  }

  #emit(): void {
    const end = this.#bestEnd
    this.#onMatch(this.#bestStart, end)
    this.#from = end
    const next = this.#later.shift()
    this.#bestStart = next?.start ?? NOWHERE
    this.#bestEnd = next?.end ?? NOWHERE
    this.#later = this.#later.filter((each) => each.start >= this.#bestEnd)
    this.#keep((start) => start >= end)
  }

  #keep(which: (start: number) => boolean): void {
    this.#live = this.#live.filter((at) => {
      const keeps = which(this.#places[at] ?? NOWHERE)
      if (!keeps) this.#places[at] = NOWHERE
      return keeps
    })
  }

  #over(): void {
    while (this.#bestStart !== NOWHERE) this.#emit()
    for (const at of this.#live) this.#places[at] = NOWHERE
    this.#live = []
  }
}
