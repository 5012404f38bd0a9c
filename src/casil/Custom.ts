/** Rules of an operator's own: expressions and fields, made ready, and held to their own examples. */
import * as Result from "effect/Result"
import type { Classifier } from "./Classifier.ts"
import { Budget } from "./engine/Budget.ts"
import { type ExpressionRule, ruleSet, withExpressions } from "./engine/RuleSet.ts"
import { Scanner } from "./engine/Scanner.ts"
import { InvalidExpression } from "./expression/Parse.ts"
import { compileExpression, type Program } from "./expression/Program.ts"
import { chars, LOWER, only } from "./CharClass.ts"
import type { CasilPolicy, CustomRule } from "./Policy.ts"

/** Why a policy is refused: which part of it, and what is wrong. */
export interface Problem {
  /** As in the settings: `redaction.patterns`, `rules`. */
  readonly at: "redaction.patterns" | "rules" | "policies"
  readonly index: number
  readonly why: string
}

/** A policy, or a chain of classifiers, that cannot be used. */
export class InvalidPolicy extends Error {
  override readonly name = "InvalidPolicy"
}

/** Id of what `redaction.patterns` find. */
export const PATTERN = "redaction-pattern"
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

const ruleProblems = (rule: CustomRule, index: number): ReadonlyArray<Problem> => {
  const at = "rules" as const
  if (rule.id === "" || !only(idSet, rule.id)) {
    return [{ at, index, why: "its id must be small letters, digits and dashes" }]
  }
  const program = compiled(rule.pattern)
  if (Result.isFailure(program)) {
    return [{ at, index, why: `"${rule.id}": the pattern is refused: ${program.failure}` }]
  }
  const own = { id: rule.id, program: program.success }
  return [
    ...rule.matches
      .filter((text) => !finds(own, text))
      .map((_, i) => ({ at, index, why: `"${rule.id}" finds nothing in its own example ${i + 1} of "matches"` })),
    ...rule.ignores
      .filter((text) => finds(own, text))
      .map((_, i) => ({ at, index, why: `"${rule.id}" finds something in its own example ${i + 1} of "ignores"` })),
    ...(rule.matches.length === 0 ? [{ at, index, why: `"${rule.id}" needs an example in "matches"` }] : [])
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
      return twice ? [{ at: "rules" as const, index, why: `"${rule.id}" is there twice` }] : ruleProblems(rule, index)
    }),
    ...(patterns > limits.maxPatterns
      ? [
          {
            at: "rules" as const,
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
  ...[...policy.rules, ...chain.flatMap((link) => link.rules ?? [])].map(({ id, pattern }) => ({
    id,
    program: compileExpression(pattern)
  }))
]
