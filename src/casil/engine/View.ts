/**
 * The text at hand, as it came and as it looks (`Fold`). Positions in it are counted in what it looks like, from the
 * beginning of everything; `raw` says where that is in what came.
 */
import { fold } from "./Fold.ts"

export class View {
  /** What it looks like, from `base` on. */
  text = ""
  base = 0
  #raw = ""
  #rawBase = 0
  #last = 0
  /** Positions before which characters were left out, and how many up to there: pairs, ascending. */
  #gaps: Array<number> = []

  /** The position after all that has come. */
  get end(): number {
    return this.base + this.text.length
  }
  /** How much came. */
  get rawEnd(): number {
    return this.#rawBase + this.#raw.length
  }
  /** The last code unit that came. */
  get last(): number {
    return this.#last
  }

  /** Takes what comes next; `plain` says that it is ASCII, which is known to be so. */
  push(piece: string, plain: boolean): void {
    if (piece === "") return
    const end = this.end
    if (plain) this.text += piece
    else {
      const before = this.#skippedAt(end)
      const { gaps, text } = fold(piece, this.#last)
      for (let i = 0; i < gaps.length; i += 2) this.#gaps.push(end + (gaps[i] ?? 0), before + (gaps[i + 1] ?? 0))
      this.text += text
    }
    this.#last = piece.charCodeAt(piece.length - 1)
    this.#raw += piece
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
