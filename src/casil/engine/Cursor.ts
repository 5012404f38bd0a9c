/**
 * Where a rule looks, and what it says about it. One cursor serves all rules of a scan, so that looking costs no
 * allocation. A rule may look at any text before and after its anchor, but when it needs a character that has not come
 * yet and the text is not over, it must ask for `more`: so what it finds never depends on how the text was cut.
 */
import { type CharClass, digit, has, nothing } from "../CharClass.ts"

/** How far rules look back. */
export const BEHIND = 128
/** What begins somewhere has the end of its anchor no further from there. */
export const MAX_BEGUN = 256
/** A candidate longer than this is decided as it stands, in code units. */
export const MAX_HELD = 8192
/** What is kept of an encoded text that is too long to be held, so that nothing is cut apart. */
export const OVERLAP = 1024

export type Outcome = "none" | "found" | "more" | "swallow"

/** What is known of a run of characters of one class: from where, to where, and whether it surely ends there. */
interface Run {
  from: number
  end: number
  closed: boolean
}

export class Cursor {
  /** The text at hand; positions are indices into it. */
  text = ""
  /** Where the anchor begins and ends. */
  from = 0
  at = 0
  /** How many characters of the anchor are public. */
  lead = 0
  /** Where the anchor before this one, of the same rule, begins; below zero for none at hand. */
  previous = -1
  /** Nothing before this belongs to the same field. */
  floor = 0
  /** Nothing comes after the text at hand. */
  over = false

  outcome: Outcome = "none"
  start = 0
  end = 0
  /** In hundredths. */
  confidence = 100
  /** Found at the end of a field, where it may not be all of it. */
  partial = false
  /** How much was looked at. */
  cost = 1
  /** A rule that knows better than its own name what was found. */
  label: string | undefined
  /** For `more`: there is nothing to decide while characters of `set` come, from `resume` on, before `until`. */
  resume = 0
  set: CharClass = nothing
  until = Number.POSITIVE_INFINITY
  /** For `more`: what is found begins no earlier. */
  hold = 0
  /** For `swallow`: how many dashes in a row end it, if any do. */
  fence = 0

  /** What else was found in the same place, and under which name if not under the same. */
  readonly others: Array<readonly [start: number, end: number, confidence: number, label?: string]> = []
  #base = 0
  readonly #named = new Map<number, number>()

  readonly #runs = new Map<CharClass, Run>()
  #digits = { from: 0, to: 0, count: 0 }

  /** The text has grown or moved. */
  renew(text: string, base = 0): void {
    this.text = text
    if (base !== this.#base) for (const name of this.#named.keys()) if (name < base) this.#named.delete(name)
    this.#base = base
    if (this.#runs.size > 0) this.#runs.clear()
    this.#digits = { from: 0, to: 0, count: 0 }
  }

  look(from: number, at: number, lead: number, previous: number, over: boolean): void {
    this.from = from
    this.at = at
    this.lead = lead
    this.previous = previous
    this.over = over
    this.outcome = "none"
    this.label = undefined
    this.partial = false
    this.cost = 1
    this.confidence = 100
    this.hold = from
    this.fence = 0
    if (this.others.length > 0) this.others.length = 0
  }

  /** Whether this anchor was the first that asked about the name that begins at `index`: several may stand in one. */
  isNew(index: number): boolean {
    const own = (this.from + this.#base) * MAX_HELD + this.at - this.from
    const first = this.#named.get(index + this.#base)
    if (first === undefined) this.#named.set(index + this.#base, own)
    return first === undefined || first === own
  }

  found(start: number, end: number, confidence = 100): void {
    if (end <= start) return
    this.outcome = "found"
    this.start = start
    this.end = end
    this.confidence = confidence
  }

  /** Nothing can be said before a character comes that is not in `set`, or there is text up to `until`. */
  more(resume: number, set: CharClass = nothing, hold = this.from, until = Number.POSITIVE_INFINITY): void {
    this.outcome = "more"
    this.resume = resume
    this.set = set
    this.hold = hold
    this.until = until
  }

  /** From `start` on everything is the secret while characters of `set` come: too long to be held. */
  swallow(start: number, resume: number, set: CharClass, fence = 0): void {
    this.outcome = "swallow"
    this.start = start
    this.resume = resume
    this.set = set
    this.fence = fence
  }

  /** Whether position `index` is beyond what has come, while more may come. */
  unknown(index: number): boolean {
    return index >= this.text.length && !this.over
  }

  /** The character at `index`, -1 where there is none. */
  code(index: number): number {
    return index >= this.floor && index < this.text.length ? this.text.charCodeAt(index) : -1
  }

  /** Where the run of characters of `set` that ends before `from` begins, not before `least`. Asked twice, answered once. */
  runStart(set: CharClass, from: number, least: number): number {
    const { text } = this
    const run = this.#runs.get(set)
    // from within a run that is known, and no longer than that is
    const known = run !== undefined && run.from <= from && from <= run.end ? run : undefined
    let start = Math.max(known?.from ?? from, least)
    while (start > least && has(set, text.charCodeAt(start - 1))) start--
    if (known !== undefined && start < known.from) known.from = start
    return start
  }

  /** How many digits there are in `[from, to)`; of places one after the other, each is counted once. */
  digitsIn(from: number, to: number): number {
    const known = this.#digits
    const { text } = this
    if (from < known.from || from > known.to || to < known.to) {
      known.from = from
      known.to = from
      known.count = 0
    }
    for (; known.from < from; known.from++) if (has(digit, text.charCodeAt(known.from))) known.count--
    for (; known.to < to; known.to++) if (has(digit, text.charCodeAt(known.to))) known.count++
    return known.count
  }

  /** Where the run of characters of `set` from `from` on ends, at most `limit` later. Asked twice, answered once. */
  runEnd(set: CharClass, from: number, limit: number): number {
    const { text } = this
    const last = Math.min(text.length, from + limit)
    let run = this.#runs.get(set)
    if (run === undefined) {
      run = { from: 0, end: -1, closed: true }
      this.#runs.set(set, run)
    }
    if (from < run.from || from >= run.end) {
      run.from = from
      run.end = from
      run.closed = false
    }
    if (!run.closed) {
      let { end } = run
      while (end < last && has(set, text.charCodeAt(end))) end++
      run.closed = end < last
      run.end = end
    }
    return Math.min(run.end, last)
  }
}
