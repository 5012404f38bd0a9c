/** A policy made ready to inspect with. */
import type { Classifier } from "./Classifier.ts"
import { expressionsOf, InvalidPolicy, problemsOf } from "./Custom.ts"
import { type RuleSet, withExpressions } from "./engine/RuleSet.ts"
import type { Tier } from "./Finding.ts"
import { type FieldFacts, fieldFacts } from "./FieldFacts.ts"
import { namesOf } from "./Names.ts"
import { ownRules } from "./OwnRules.ts"
import { type Action, type CasilPolicy, policyHash } from "./Policy.ts"

export interface Compiled {
  readonly policy: CasilPolicy
  readonly set: RuleSet
  /** What the name of a field says of its text. */
  readonly fieldFacts: (name: string) => FieldFacts
  readonly hash: string
  /** What is done with what this rule finds. */
  readonly actionOf: (rule: string) => Action
  readonly tierOf: (rule: string) => Tier
  /** Whether what this rule finds is nothing to this policy. */
  readonly ignores: (rule: string) => boolean
  /** Earlier rules name what several have found. */
  readonly orderOf: (rule: string) => number
}

/** Throws `InvalidPolicy` on a policy, with a chain that a program adds, that cannot be used. */
export const check = (policy: CasilPolicy, chain: ReadonlyArray<Classifier> = []): void => {
  const problems = problemsOf(policy, chain)
  if (problems.length > 0) throw new InvalidPolicy(problems.map(({ at, why }) => `casil.${at}: ${why}`).join("; "))
}

/** Makes a policy ready, with a chain that a program adds. Throws `InvalidPolicy` on one that cannot be used. */
export const compile = (policy: CasilPolicy, chain: ReadonlyArray<Classifier> = []): Compiled => {
  check(policy, chain)
  return compileWith(ownRules(), policy, chain)
}

/**
 * Checks a policy now, and makes it ready when that is first asked for: the tables of all rules take a start ten
 * milliseconds and twenty megabytes, which whoever inspects nothing need not pay.
 */
export const compileLate = (policy: CasilPolicy, chain: ReadonlyArray<Classifier> = []): (() => Compiled) => {
  check(policy, chain)
  let made: Compiled | undefined
  return () => (made ??= compileWith(ownRules(), policy, chain))
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
    pii: policy.onPersonal,
    custom: "redact",
    hint: "monitor"
  }
  const ignored = new Set(policy.personalIgnore)
  return {
    policy,
    set,
    fieldFacts: fieldFacts(namesOf(policy.redactionPaths)),
    hash: policyHash(policy, [...set.tiers.keys()]),
    actionOf: (rule) => (policy.mode === "monitor" ? "monitor" : (actions.get(rule) ?? byTier[tierOf(rule)])),
    tierOf,
    ignores: (rule) => ignored.has(rule),
    orderOf: (rule) => order.get(rule) ?? order.size
  }
}
