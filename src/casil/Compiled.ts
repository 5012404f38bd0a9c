/** A policy made ready to inspect with. */
import type { Classifier } from "./Classifier.ts"
import { expressionsOf, InvalidPolicy, problemsOf } from "./Custom.ts"
import { type RuleSet, ruleSet, withExpressions } from "./engine/RuleSet.ts"
import type { Tier } from "./Finding.ts"
import { type Names, namesOf } from "./Names.ts"
import { type Action, type CasilPolicy, policyHash } from "./Policy.ts"
import { contextual } from "./rules/contextual.ts"
import { passwordHash } from "./rules/strings.ts"
import { pii } from "./rules/pii.ts"
import { structural, structuralWords } from "./rules/structural.ts"

/** Id of the rule that redacts fields by their name. */
export const NAMED_FIELD = "named-field"

export interface Compiled {
  readonly policy: CasilPolicy
  readonly set: RuleSet
  readonly names: Names
  readonly hash: string
  /** What is done with what this rule finds. */
  readonly actionOf: (rule: string) => Action
  readonly tierOf: (rule: string) => Tier
  /** Earlier rules name what several have found. */
  readonly orderOf: (rule: string) => number
}

/** Rules of our own, built when first needed, once: they depend on no policy. */
let own: RuleSet | undefined

export const ownRules = (): RuleSet =>
  (own ??= ruleSet([...structural, passwordHash, contextual], [...structuralWords, ...pii]))

/** Makes a policy ready, with a chain that a program adds. Throws `InvalidPolicy` on one that cannot be used. */
export const compile = (policy: CasilPolicy, chain: ReadonlyArray<Classifier> = []): Compiled => {
  const problems = problemsOf(policy, chain)
  if (problems.length > 0) throw new InvalidPolicy(problems.map(({ at, why }) => `casil.${at}: ${why}`).join("; "))
  return compileWith(ownRules(), policy, chain)
}

/** The same with other rules than ours: for measuring them. */
export const compileWith = (rules: RuleSet, policy: CasilPolicy, chain: ReadonlyArray<Classifier> = []): Compiled => {
  const expressions = expressionsOf(policy, chain)
  const set = expressions.length === 0 ? rules : withExpressions(rules, expressions)
  const order = new Map([...set.tiers.keys()].map((id, i) => [id, i]))
  const added = chain.flatMap((link) => link.rules ?? [])
  const actions = new Map([...policy.rules, ...added].map(({ action, id }) => [id, action]))
  const tierOf = (rule: string): Tier => set.tiers.get(rule) ?? "custom"
  const byTier: Readonly<Record<Tier, Action>> = {
    structural: policy.onSecret,
    contextual: policy.onProbable,
    pii: policy.onProbable,
    custom: "redact"
  }
  return {
    policy,
    set,
    names: namesOf(policy.redactionPaths),
    hash: policyHash(policy, [...set.tiers.keys()]),
    actionOf: (rule) => (policy.mode === "monitor" ? "monitor" : (actions.get(rule) ?? byTier[tierOf(rule)])),
    tierOf,
    orderOf: (rule) => order.get(rule) ?? order.size
  }
}
