/** Where anchors of each rule stood: what begins inside what begins before it is looked at once. */
import type { Rule } from "../Rule.ts"

export class Anchors {
  /** Where the last anchor of each rule began, and the one before it. */
  readonly #known = new Map<Rule, [last: number, before: number]>()

  /** Where the anchor of the same rule before the one at `from` begins; below zero for nowhere. */
  previous(rule: Rule, from: number): number {
    const known = this.#known.get(rule)
    if (known === undefined) {
      this.#known.set(rule, [from, -1])
      return -1
    }
    if (from > known[0]) {
      known[1] = known[0]
      known[0] = from
    }
    return known[1]
  }
}
