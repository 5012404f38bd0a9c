/** Rules made ready: an automaton for those with anchors, and those that are asked at the end of words. */
import type { CharClass } from "../CharClass.ts"
import type { Program } from "../expression/Program.ts"
import type { Find, Rule, Tier } from "../Rule.ts"
import { type Automaton, build } from "./Automaton.ts"

/** A rule without an anchor: asked where a word ends (`from` is its beginning, `at` its end) that begins so. */
export interface WordRule {
  readonly id: string
  readonly tier: Tier
  readonly source: string
  readonly first: CharClass
  /** Shorter words are none of its business. */
  readonly shortest: number
  readonly find: Find
}

/** A rule that is an expression: followed through all of the text. */
export interface ExpressionRule {
  readonly id: string
  readonly program: Program
}

export interface RuleSet {
  readonly rules: ReadonlyArray<Rule>
  readonly words: ReadonlyArray<WordRule>
  readonly expressions: ReadonlyArray<ExpressionRule>
  readonly automaton: Automaton
  readonly tiers: ReadonlyMap<string, Tier>
}

export const ruleSet = (rules: ReadonlyArray<Rule>, words: ReadonlyArray<WordRule> = []): RuleSet => ({
  rules,
  words,
  expressions: [],
  automaton: build(rules),
  tiers: new Map([
    ...[...rules, ...words].map(({ id, tier }) => [id, tier] as const),
    ...rules.flatMap(({ labels }) => Object.entries(labels ?? {}))
  ])
})

/** The same rules and others. */
export const withExpressions = (set: RuleSet, expressions: ReadonlyArray<ExpressionRule>): RuleSet => ({
  ...set,
  expressions,
  tiers: new Map([...set.tiers, ...expressions.map(({ id }) => [id, "custom"] as const)])
})
