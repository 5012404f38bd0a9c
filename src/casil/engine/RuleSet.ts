/** Rules made ready: an automaton for those with anchors, and those that are asked at the end of words. */
import { type CharClass, has, nothing } from "../CharClass.ts"
import type { Program } from "../expression/Program.ts"
import type { Find, Rule, Tier } from "../Rule.ts"
import { type Automaton, build } from "./Automaton.ts"
import { SHORTEST, wordClass } from "./Decode.ts"
import type { Match } from "./Match.ts"
import type { View } from "./View.ts"

/** A rule without an anchor: asked where a word ends (`from` is its beginning, `at` its end) that begins so. */
export interface WordRule {
  readonly id: string
  readonly tier: Tier
  readonly source: string
  readonly first: CharClass
  /** Shorter words are none of its business. */
  readonly shortest: number
  /** Words without a digit are none of its business either. */
  readonly digits?: boolean
  /** Whether a word, and the little that has come after it, may be any of its business: a look, before it is asked. */
  readonly may?: (text: string, from: number, end: number) => boolean
  readonly find: Find
  /** Other names under which it says what it found, and how sure it then is. */
  readonly labels?: Readonly<Record<string, Tier>>
}

/** A rule that is an expression: followed through all of the text. */
export interface ExpressionRule {
  readonly id: string
  readonly program: Program
  /** One of these must stand near before a match, or in it; as they look, in small letters. None: they need not. */
  readonly keywords?: ReadonlyArray<string>
  /** Matches that are nobody's; as they look, in small letters. */
  readonly placeholders?: ReadonlySet<string>
}

/** How far before a match a keyword may stand, in code units. */
export const KEYWORD_REACH = 128

/** What an expression has found at `[start, end)`, unless it is a placeholder or no keyword is near. */
export const expressed = (
  { id, keywords = [], placeholders }: ExpressionRule,
  { base, text }: View,
  floor: number,
  start: number,
  end: number
): Match | undefined => {
  if (placeholders?.has(text.slice(start - base, end - base).toLowerCase()) === true) return undefined
  if (keywords.length > 0) {
    const from = Math.max(floor, start - KEYWORD_REACH, base)
    const near = text.slice(from - base, end - base).toLowerCase()
    if (!keywords.some((keyword) => near.includes(keyword))) return undefined
  }
  return { rule: id, start, end, confidence: 100 }
}

export interface RuleSet {
  readonly rules: ReadonlyArray<Rule>
  readonly words: ReadonlyArray<WordRule>
  /** Those of them that are asked about words that begin with a character, by its code; what is beyond ASCII is at 128. */
  readonly wordsBy: ReadonlyArray<ReadonlyArray<WordRule>>
  /** Shorter words without a digit are nobody's business, not that of who reads encoded ones either; by their first. */
  readonly leastBy: Uint8Array
  readonly expressions: ReadonlyArray<ExpressionRule>
  readonly automaton: Automaton
  /** Of each ASCII code unit, its column of the automaton, and above that what it is to words: one look-up for both. */
  readonly columnAndKind: Uint16Array
  readonly tiers: ReadonlyMap<string, Tier>
}

/** The bits of a column, and what is added to it for what words are made of: once, or twice for digits. */
export const COLUMN = 127
export const IN_WORD = 128

const withColumns = (automaton: Automaton): Pick<RuleSet, "automaton" | "columnAndKind"> => ({
  automaton,
  columnAndKind: Uint16Array.from(automaton.columns, (column, code) => column + IN_WORD * (wordClass[code] ?? 0))
})

const shortestOf = ({ shortest }: WordRule): number => shortest

export const ruleSet = (rules: ReadonlyArray<Rule>, words: ReadonlyArray<WordRule> = []): RuleSet => ({
  rules,
  words,
  wordsBy: Array.from({ length: nothing.length }, (_, code) => words.filter(({ first }) => has(first, code))),
  leastBy: nothing.map((_, code) =>
    Math.min(SHORTEST, ...words.filter(({ digits, first }) => digits !== true && has(first, code)).map(shortestOf))
  ),
  expressions: [],
  ...withColumns(build(rules)),
  tiers: new Map([
    ...[...rules, ...words].map(({ id, tier }) => [id, tier] as const),
    ...[...rules, ...words].flatMap(({ labels }) => Object.entries(labels ?? {}))
  ])
})

/** The same rules and others. */
export const withExpressions = (set: RuleSet, expressions: ReadonlyArray<ExpressionRule>): RuleSet => ({
  ...set,
  expressions,
  tiers: new Map([...set.tiers, ...expressions.map(({ id }) => [id, "custom"] as const)])
})
