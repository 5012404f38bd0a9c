/**
 * Everything that inspection finds in a text of any length, with its line and column: for people who check a file. What
 * a block may hold in a gateway is no limit here; where that would have ended is said of each finding.
 */
import type { Compiled } from "./Compiled.ts"
import { Budget } from "./engine/Budget.ts"
import type { Finding } from "./Finding.ts"
import { type Delivery, Inspection, Meter } from "./Inspection.ts"
import type { Action } from "./Policy.ts"
import { fit } from "./Utf8.ts"
import type { Verdict } from "./Verdict.ts"

/** Where something was found and what the policy does about it; never the value. */
export interface Located extends Finding {
  /** From 1, lines by line feeds, columns by code units. */
  readonly line: number
  readonly column: number
  readonly action: Action
  /** It begins beyond `limits.maxInspectBytes`: in one block of that length a gateway would not have looked at it. */
  readonly beyond: boolean
}

/** One's own file may cost what it costs: each character is looked at a bounded number of times all the same. */
const boundless = (): Meter => new Meter(new Budget(Number.POSITIVE_INFINITY))

const everything = (compiled: Compiled): Compiled => ({
  ...compiled,
  actionOf: () => "monitor",
  policy: {
    ...compiled.policy,
    mode: "monitor",
    limits: {
      ...compiled.policy.limits,
      maxInspectBytes: Number.POSITIVE_INFINITY,
      maxPayloadBytes: Number.POSITIVE_INFINITY,
      oversize: "allow"
    }
  }
})

/** Where lines begin in a text that comes in pieces; what lies before `forget` is not kept. */
class Lines {
  #breaks: Array<number> = []
  #forgotten = 0
  #start = 0
  #end = 0

  push(text: string): void {
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#breaks.push(this.#end + at + 1)
    this.#end += text.length
  }

  at(offset: number): { readonly line: number; readonly column: number } {
    let low = 0
    let high = this.#breaks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#breaks[middle] ?? 0) <= offset) low = middle + 1
      else high = middle
    }
    const start = low === 0 ? this.#start : (this.#breaks[low - 1] ?? 0)
    return { line: this.#forgotten + low + 1, column: offset - start + 1 }
  }

  forget(offset: number): void {
    const gone = this.#breaks.findIndex((start) => start > offset)
    const count = gone < 0 ? this.#breaks.length : gone
    if (count === 0) return
    this.#start = this.#breaks[count - 1] ?? 0
    this.#breaks = this.#breaks.slice(count)
    this.#forgotten += count
  }
}

/** One text, in pieces of any size. Keeps no more of it than the engine does. */
export class TextCheck {
  readonly #compiled: Compiled
  readonly #inspection: Inspection
  readonly #lines = new Lines()
  #bytes = 0
  #limit: number | undefined
  #pushed = 0
  #delivered = 0

  constructor(compiled: Compiled) {
    this.#compiled = compiled
    this.#inspection = new Inspection(everything(compiled), boundless())
  }

  push(piece: string): ReadonlyArray<Located> {
    const { maxInspectBytes } = this.#compiled.policy.limits
    this.#lines.push(piece)
    if (this.#limit === undefined) {
      const { bytes, units } = fit(piece, maxInspectBytes - this.#bytes)
      this.#bytes += bytes
      if (units < piece.length) this.#limit = this.#pushed + units
    }
    this.#pushed += piece.length
    return this.#located(this.#inspection.push(piece))
  }

  finish(): ReadonlyArray<Located> {
    return this.#located(this.#inspection.finish())
  }

  #located({ findings, text }: Delivery): ReadonlyArray<Located> {
    const limit = this.#limit ?? Number.POSITIVE_INFINITY
    const located = findings.map((finding) => ({
      ...finding,
      ...this.#lines.at(finding.start),
      action: this.#compiled.actionOf(finding.rule),
      beyond: finding.start >= limit
    }))
    // nothing that is found later begins before what was let go
    this.#delivered += text.length
    this.#lines.forget(this.#delivered)
    return located
  }
}

/** What would happen to content in which this was found. */
export const outcomeOf = (actions: ReadonlySet<Action>): Verdict["outcome"] =>
  actions.has("block") ? "block" : actions.has("redact") ? "allow_with_redaction" : "allow"
