/**
 * The text at hand, as it came and as it looks (`Fold`). Positions in it are counted in what it looks like, from the
 * beginning of everything; `raw` says where that is in what came.
 */
import { fold, type Folded } from "./Fold.ts"
import { isWithinPair } from "../Utf8.ts"

/** So much must be needed no more before it is dropped. */
export const WORTH_COPYING = 1024

/** A piece of a text; `plain` says that it is ASCII. */
export interface Piece {
  readonly text: string
  readonly plain: boolean
}

export class View {
  /** What it looks like, from `base` on. */
  text = ""
  base = 0
  #raw = ""
  #rawBase = 0
  #last = 0
  /** Positions before which characters were left out, and how many up to there: pairs, ascending. */
  #gaps: Array<number> = []
  /** What is at hand with what is known to come, from `#knownBase` on, and the pieces that this has and has not given. */
  #known = ""
  #knownBase = 0
  #coming: ReadonlyArray<Piece | Folded> = []
  #given = 0

  /** The position after all that has come. */
  get end(): number {
    return this.base + this.text.length
  }
  /** How much came. */
  get rawEnd(): number {
    return this.#rawBase + this.#raw.length
  }

  /**
   * The pieces that are pushed next, all of them and none empty. Put together once, they are then taken out of what they
   * make, which copies nothing: a text that grows by small pieces is copied with each of them. As they came they are not
   * kept: there is nothing to be had from `slice` and `sliceRaw`.
   */
  expect(pieces: ReadonlyArray<Piece>): void {
    let last = this.#last
    let known = this.text
    this.#coming = pieces.map((piece) => {
      const { plain, text } = piece
      const looks = plain ? piece : fold(text, last)
      last = text.charCodeAt(text.length - 1)
      known += looks.text
      return looks
    })
    this.#given = 0
    this.#rawBase = this.rawEnd
    this.#raw = ""
    this.#known = known
    this.#knownBase = this.base
  }

  /** Takes what comes next; `plain` says that it is ASCII, which is known to be so. */
  push(piece: string, plain: boolean): void {
    if (piece === "") return
    const end = this.end
    const known = this.#coming[this.#given]
    if (known !== undefined) {
      this.#given++
      const from = this.base - this.#knownBase
      this.text = this.#known.slice(from, from + this.text.length + known.text.length)
      if ("gaps" in known) this.#leaveOut(end, known.gaps)
      this.#rawBase += piece.length
    } else if (plain) {
      this.text += piece
      this.#raw += piece
    } else {
      const { gaps, text } = fold(piece, this.#last)
      this.text += text
      this.#raw += piece
      this.#leaveOut(end, gaps)
    }
    this.#last = piece.charCodeAt(piece.length - 1)
  }

  #leaveOut(end: number, gaps: ReadonlyArray<number>): void {
    if (gaps.length === 0) return
    const before = this.#skippedAt(end)
    for (let i = 0; i < gaps.length; i += 2) this.#gaps.push(end + (gaps[i] ?? 0), before + (gaps[i + 1] ?? 0))
  }

  /** What came for the looks of `[start, end)`. */
  slice(start: number, end: number): string {
    return this.#raw.slice(this.raw(start) - this.#rawBase, this.rawAfter(end) - this.#rawBase)
  }

  /** What came between two positions of what came. */
  sliceRaw(start: number, end: number): string {
    return this.#raw.slice(Math.max(0, start - this.#rawBase), Math.max(0, end - this.#rawBase))
  }

  /** Where the character at `position` begins in what came. */
  raw(position: number): number {
    return this.#gaps.length === 0 ? position : position + this.#skippedAt(position)
  }

  /** The same, but never between the halves of a pair: nothing may be cut off there. Of what is kept as it came. */
  rawStart(position: number): number {
    const raw = this.raw(position)
    return isWithinPair(this.#raw, raw - this.#rawBase) ? raw - 1 : raw
  }

  /** Where what came for the characters before `position` ends, never between the halves of a pair. */
  rawStop(position: number): number {
    const raw = this.rawAfter(position)
    return isWithinPair(this.#raw, raw - this.#rawBase) ? raw + 1 : raw
  }

  /** Where what came for the characters before `position` ends. */
  rawAfter(position: number): number {
    return this.#gaps.length === 0 || position === 0 ? position : this.raw(position - 1) + 1
  }

  /** The same spans in what came. */
  placed<A extends { readonly start: number; readonly end: number }>(spans: ReadonlyArray<A>): ReadonlyArray<A> {
    if (this.#gaps.length === 0) return spans
    return spans.map((span) => ({ ...span, start: this.raw(span.start), end: this.rawAfter(span.end) }))
  }

  /** The texts before two positions are needed no more, but what lies there is still told apart. */
  drop(position: number, rawPosition: number): void {
    if (position > this.base) {
      this.text = this.text.slice(position - this.base)
      this.base = position
    }
    if (rawPosition > this.#rawBase) {
      this.#raw = this.#raw.slice(rawPosition - this.#rawBase)
      this.#rawBase = rawPosition
    }
  }

  /** What lies before `position` is needed no more; what came before `rawPosition` neither. */
  forget(position: number, rawPosition: number): void {
    this.drop(position, rawPosition)
    // the last gap before what is kept still counts
    let first = 0
    while (first + 2 < this.#gaps.length && (this.#gaps[first + 2] ?? 0) <= this.base) first += 2
    if (first > 0) this.#gaps.splice(0, first)
  }

  #skippedAt(position: number): number {
    const gaps = this.#gaps
    let low = 0
    let high = gaps.length >> 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((gaps[middle * 2] ?? 0) <= position) low = middle + 1
      else high = middle
    }
    return low === 0 ? 0 : (gaps[low * 2 - 1] ?? 0)
  }
}
