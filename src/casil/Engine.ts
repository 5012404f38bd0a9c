/**
 * The engine: takes a text in pieces of any size, finds what the rules know, and says up to where everything is
 * decided. It looks at each character once and keeps no more than `MAX_HELD` characters of an open candidate, so its
 * cost is linear and what it says depends on the text alone, never on how it was cut.
 */
import { type Automaton, MAX_ANCHOR } from "./Automaton.ts"
import { opens } from "./Boundary.ts"
import { advance, type Candidate, candidate, ends, fence } from "./Candidate.ts"
import { alnum } from "./CharClass.ts"

/** A candidate longer than this is decided as it stands, in code units. */
export const MAX_HELD = 8192
/** How far rules look back. */
const BEHIND = 16
/** Characters kept of what is decided: enough to look back from the longest anchor. */
const KEPT = BEHIND + MAX_ANCHOR
/** Open candidates at one time; the rules we ship stay far below. */
const MAX_OPEN = 64

/** A secret at `[start, end)`, in code units from the beginning of the text. */
export interface Match {
  readonly rule: string
  readonly start: number
  readonly end: number
}

/** More candidates open at one time than any text of use can have. */
export class TooManyCandidates extends Error {
  override readonly name = "TooManyCandidates"
}

export class Engine {
  readonly #automaton: Automaton
  readonly #first: boolean
  #state = 0
  #open: Array<Candidate> = []
  #matches: Array<Match> = []
  /** The text from `#base` on. */
  #text = ""
  #base = 0
  #position = 0
  /** The last character taken. */
  #last = 0
  #limit = Number.POSITIVE_INFINITY
  #steps = 0

  /** With `first`, stops at the first match. */
  constructor(automaton: Automaton, first = false) {
    this.#automaton = automaton
    this.#first = first
  }

  /** How much of the text was taken. */
  get position(): number {
    return this.#position
  }
  /** Secrets found and not yet forgotten, in the order in which they were decided. */
  get matches(): ReadonlyArray<Match> {
    return this.#matches
  }
  /** Characters offered to candidates so far: what a text cost beyond one look at each character. */
  get steps(): number {
    return this.#steps
  }
  get stopped(): boolean {
    return this.#first && this.#matches.length > 0
  }

  /** From here on no candidate begins; those that have begun are followed to their end. */
  endAt(position: number): void {
    this.#limit = position
  }

  /** Takes the next piece of the text. */
  push(piece: string): void {
    if (piece === "") return
    this.#text += piece
    this.#last = piece.charCodeAt(piece.length - 1)
    const { columns, depth, hits, next, width } = this.#automaton
    const start = this.#position
    const limit = this.#limit
    let state = this.#state
    let i = 0
    for (; i < piece.length; i++) {
      const code = piece.charCodeAt(i)
      if (this.#open.length > 0) {
        this.#position = start + i
        this.#advance(code)
        if (this.stopped) break
      }
      if (start + i >= limit && start + i - (depth[state / width] ?? 0) >= limit) {
        state = 0
        if (this.#open.length > 0) continue
        i = piece.length
        break
      }
      state = next[state + (code < 128 ? (columns[code] ?? 0) : 0)] ?? 0
      if (state !== 0 && hits[state / width] !== undefined) {
        this.#position = start + i
        this.#begin(state / width)
      }
    }
    this.#position = start + i
    this.#state = state
  }

  /** The text is over. */
  end(): void {
    this.#state = 0
    const open = this.#open
    this.#open = []
    for (const each of open) {
      if (this.stopped) return
      if (ends(each)) this.#close(each)
    }
  }

  /** Everything before this is decided: it is no part of a match that is still to come. */
  get decided(): number {
    let decided = this.#position - this.#held()
    for (const { start } of this.#open) if (start < decided) decided = start
    // matches may overlap, so one that reaches beyond the line takes the line back to its own start
    for (let before = -1; before !== decided;) {
      before = decided
      for (let i = this.#matches.length - 1; i >= 0; i--) {
        const match = this.#matches[i]
        if (match !== undefined && match.start < decided && match.end > decided) decided = match.start
      }
    }
    return decided
  }

  /** The text between two positions that are not forgotten. */
  slice(start: number, end: number): string {
    return this.#text.slice(start - this.#base, end - this.#base)
  }

  /** All text from `start` on, even what is not yet looked at. */
  rest(start: number): string {
    return this.#text.slice(Math.max(0, start - this.#base))
  }

  /** What lies before `position` was delivered and is needed no more. */
  forget(position: number): void {
    this.#matches = this.#matches.filter(({ end }) => end > position)
    let keep = this.#position - KEPT
    for (const { committed, start } of this.#open) if (!committed && start < keep) keep = start
    // text behind an open committed candidate is dropped with it; any other undelivered text stays
    const swallowing = this.#open.some(({ committed, start }) => committed && start <= position)
    if (!swallowing) keep = Math.min(keep, position)
    for (const { start } of this.#matches) if (!swallowing) keep = Math.min(keep, start)
    if (keep <= this.#base) return
    this.#text = this.#text.slice(keep - this.#base)
    this.#base = keep
  }

  #advance(code: number): void {
    let kept = 0
    const open = this.#open
    for (let i = 0; i < open.length; i++) {
      const each = open[i] as Candidate
      this.#steps++
      const result = advance(each, code)
      if (result === "ended") this.#close(each)
      else if (result === "open" && (each.committed || this.#position - each.start < MAX_HELD || this.#commit(each))) {
        open[kept++] = each
      }
    }
    open.length = kept
  }

  #begin(state: number): void {
    for (const { lead, length, rule } of this.#automaton.hits[state] ?? []) {
      const from = this.#position + 1 - length
      if (from >= this.#limit) continue
      const before = this.slice(Math.max(from - BEHIND, this.#base), from)
      if (rule.left !== undefined && !opens(rule.left, before)) continue
      if (rule.behind !== undefined && !rule.behind(before)) continue
      if (this.#open.length === MAX_OPEN) throw new TooManyCandidates()
      this.#open.push(candidate(rule, from + lead))
    }
  }

  #close(each: Candidate): void {
    const end = this.#position - fence(each)
    const length = each.committed ? end - each.start : each.rule.accept(this.slice(each.start, end))
    if (length > 0) this.#matches.push({ rule: each.rule.id, start: each.start, end: each.start + length })
  }

  #commit(each: Candidate): boolean {
    const { accept, commit } = each.rule
    each.committed = commit !== undefined && each.step >= commit && accept(this.slice(each.start, this.#position)) > 0
    if (each.committed && this.#first) {
      this.#matches.push({ rule: each.rule.id, start: each.start, end: this.#position })
      return false
    }
    return each.committed
  }

  /** Length of the end of the text that may be the beginning of an anchor. */
  #held(): number {
    const { anywhere, depth, fail, lead, width } = this.#automaton
    let held = 0
    for (let state = this.#state / width; state !== 0; state = fail[state] ?? 0) {
      const length = depth[state] ?? 0
      const secret = length - (lead[state] ?? 0)
      if (secret <= held) continue
      const from = this.#position - length
      if (anywhere[state] === 1 || opens(alnum, this.slice(Math.max(from - BEHIND, this.#base), from))) held = secret
    }
    if (held > 0) return held
    // the halves of a surrogate pair travel together
    return this.#last >= 0xd800 && this.#last < 0xdc00 ? 1 : 0
  }
}
