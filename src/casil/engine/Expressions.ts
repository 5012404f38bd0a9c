/** The expressions of an operator's own, each followed through all of a text. */
import { type CharClass, has, nothing } from "../CharClass.ts"
import { Matcher, NOTHING } from "../expression/Matcher.ts"
import { type Budget, COST } from "./Budget.ts"
import type { Match } from "./Match.ts"
import { type ExpressionRule, expressed } from "./RuleSet.ts"
import type { View } from "./View.ts"

export class Expressions {
  readonly #matchers: ReadonlyArray<Matcher>
  readonly #budget: Budget
  readonly #first: CharClass
  /** There are none: nobody needs to ask. */
  readonly none: boolean
  #before = NOTHING
  #idle = true
  /** Where the field begins. */
  #floor = 0

  constructor(
    rules: ReadonlyArray<ExpressionRule>,
    budget: Budget,
    view: View,
    onMatch: (match: Match | undefined) => void
  ) {
    this.none = rules.length === 0
    this.#budget = budget
    this.#matchers = rules.map(
      (rule) => new Matcher(rule.program, (start, end) => onMatch(expressed(rule, view, this.#floor, start, end)))
    )
    this.#first = this.none ? nothing : new Uint8Array(nothing.length)
    for (const { program } of rules) program.first.forEach((is, code) => (this.#first[code] ||= is))
  }

  /** Takes the character at `position`; a match may begin there or not. Whether the budget is used up. */
  step(code: number, position: number, mayBegin: boolean): boolean {
    const before = this.#before
    this.#before = code
    // where nothing has begun and nothing begins, nobody is asked
    if (this.#idle && code !== NOTHING && !has(this.#first, code)) return this.#budget.isOver
    let places = 0
    this.#idle = true
    for (const matcher of this.#matchers) {
      matcher.step(code, position, mayBegin, before)
      places += matcher.places
      this.#idle &&= matcher.isIdle
    }
    this.#budget.spend(COST.followed * (this.#matchers.length + places))
    return this.#budget.isOver
  }

  /** The text or the field is over. */
  stop(position: number): void {
    if (this.none) return
    this.step(NOTHING, position, true)
    this.#floor = position
  }

  /** Where the earliest match that may still come begins; infinite for nowhere. */
  get held(): number {
    if (this.none) return Number.POSITIVE_INFINITY
    return this.#matchers.reduce((least, { held }) => Math.min(least, held), Number.POSITIVE_INFINITY)
  }
}
