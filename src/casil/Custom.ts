/** Rules of an operator's own: expressions and fields, made ready, and held to their own examples. */
import * as Result from "effect/Result"
import type { Classifier } from "./Classifier.ts"
import { Budget } from "./engine/Budget.ts"
import { waysOf } from "./engine/Looks.ts"
import { type ExpressionRule, ruleSet, withExpressions } from "./engine/RuleSet.ts"
import { Scanner } from "./engine/Scanner.ts"
import { InvalidExpression } from "./expression/Parse.ts"
import { compileExpression, type Program } from "./expression/Program.ts"
import { chars, LOWER, only } from "./CharClass.ts"
import { isTaken, PATTERN } from "./OwnRules.ts"
import type { CasilPolicy, CustomRule } from "./Policy.ts"

/** Why a policy is refused: which part of it, and what is wrong. */
export interface Problem {
  /** As in the settings: `redaction.patterns`, `rules`. */
  readonly at: "redaction.patterns" | "rules" | "policies" | "limits.max_patterns"
  readonly index: number
  /** The key of the rule, and which of several texts. */
  readonly key?: readonly ["id" | "pattern" | "keywords" | "placeholders" | "matches" | "ignores", index?: number]
  readonly why: string
}

/** A policy, or a chain of classifiers, that cannot be used. */
export class InvalidPolicy extends Error {
  override readonly name = "InvalidPolicy"
}

const idSet = chars(`${LOWER}0123456789-`)

/** The program of an expression, or why there is none. */
const compiled = (source: string): Result.Result<Program, string> =>
  Result.try({
    try: () => compileExpression(source),
    catch: (cause) => (cause instanceof InvalidExpression ? cause.message : "it cannot be compiled")
  })

const finds = (rule: ExpressionRule, text: string): boolean => {
  const scanner = new Scanner(withExpressions(ruleSet([]), [rule]), new Budget())
  scanner.push(text)
  scanner.end()
  return scanner.matches.length > 0
}

/** The rule as the engine takes it. */
const expressionOf = ({ id, keywords = [], placeholders = [] }: CustomRule, program: Program): ExpressionRule => ({
  id,
  program,
  keywords: keywords.flatMap(waysOf),
  placeholders: new Set(placeholders.flatMap(waysOf))
})

const ruleProblems = (rule: CustomRule, index: number): ReadonlyArray<Problem> => {
  const at = "rules" as const
  if (rule.id === "" || !only(idSet, rule.id)) {
    return [{ at, index, key: ["id"], why: "its id must be small letters, digits and dashes" }]
  }
  if (isTaken(rule.id)) {
    return [{ at, index, key: ["id"], why: `"${rule.id}" is the name of a rule that comes with the program` }]
  }
  const program = compiled(rule.pattern)
  if (Result.isFailure(program)) {
    return [{ at, index, key: ["pattern"], why: `"${rule.id}": the pattern is refused: ${program.failure}` }]
  }
  const own = expressionOf(rule, program.success)
  const bare = { id: rule.id, program: program.success }
  const texts = (
    key: "keywords" | "placeholders" | "matches" | "ignores",
    all: ReadonlyArray<string> | undefined,
    isWrong: (text: string) => boolean,
    why: string
  ): ReadonlyArray<Problem> =>
    (all ?? []).flatMap((text, i) =>
      isWrong(text) ? [{ at, index, key: [key, i], why: `"${rule.id}" ${why} ${i + 1} of "${key}"` }] : []
    )
  return [
    ...texts("keywords", rule.keywords, (text) => text.trim() === "", "has nothing in keyword"),
    ...texts("placeholders", rule.placeholders, (text) => !finds(bare, text), "finds nothing in its own placeholder"),
    ...texts("matches", rule.matches, (text) => !finds(own, text), "finds nothing in its own example"),
    ...texts("ignores", rule.ignores, (text) => finds(own, text), "finds something in its own example"),
    ...(rule.matches.length === 0
      ? [{ at, index, key: ["matches"] as const, why: `"${rule.id}" needs an example in "matches"` }]
      : [])
  ]
}

/** Everything that is wrong with a policy's own rules and a chain of classifiers. */
export const problemsOf = (policy: CasilPolicy, chain: ReadonlyArray<Classifier> = []): ReadonlyArray<Problem> => {
  const { limits, redactionPatterns, rules } = policy
  const added = [...rules, ...chain.flatMap((link) => link.rules ?? [])]
  const patterns = redactionPatterns.length + added.length
  const ids = new Set<string>()
  return [
    ...redactionPatterns.flatMap((source, index) => {
      const program = compiled(source)
      return Result.isFailure(program) ? [{ at: "redaction.patterns" as const, index, why: program.failure }] : []
    }),
    ...added.flatMap((rule, index) => {
      const twice = ids.has(rule.id)
      ids.add(rule.id)
      return twice
        ? [{ at: "rules" as const, index, key: ["id"] as const, why: `"${rule.id}" is there twice` }]
        : ruleProblems(rule, index)
    }),
    ...(patterns > limits.maxPatterns
      ? [
          {
            at: "limits.max_patterns" as const,
            index: 0,
            why: `${patterns} patterns are more than limits.max_patterns (${limits.maxPatterns})`
          }
        ]
      : []),
    ...(chain.length > limits.maxPolicies
      ? [
          {
            at: "policies" as const,
            index: 0,
            why: `${chain.length} classifiers are more than limits.max_policies (${limits.maxPolicies})`
          }
        ]
      : [])
  ]
}

/** The expressions of a policy and a chain that are sound. */
export const expressionsOf = (
  policy: CasilPolicy,
  chain: ReadonlyArray<Classifier> = []
): ReadonlyArray<ExpressionRule> => [
  ...policy.redactionPatterns.map((source) => ({ id: PATTERN, program: compileExpression(source) })),
  ...[...policy.rules, ...chain.flatMap((link) => link.rules ?? [])].map((rule) =>
    expressionOf(rule, compileExpression(rule.pattern))
  )
]
