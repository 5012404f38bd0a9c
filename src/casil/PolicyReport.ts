/**
 * The policy in force as an operator is shown it. Expressions and their examples are told by number and name only: they
 * may be as telling as what they look for.
 */
import * as Schema from "effect/Schema"
import { Tier } from "./Finding.ts"
import { type Action, type CasilPolicy, onInternalError, policyHash, REVISION } from "./Policy.ts"
import type { PolicyInForce } from "./PolicyInForce.ts"
import { Surface } from "./Surface.ts"

const count = Schema.Int
const text = Schema.String
const texts = Schema.Array(text)
const action = Schema.Literals(["monitor", "redact", "block"])
const mode = Schema.Literals(["enforce", "monitor"])
const decision = Schema.Literals(["allow", "block"])

/** Of whom it is, and how it stands on verdicts. */
const Effective = Schema.Struct({
  enabled: Schema.Boolean,
  mode,
  onSecret: Schema.Literals(["redact", "block"]),
  onProbable: action,
  onPersonal: action,
  /** Kinds of personal data that are not looked for. */
  personalIgnore: texts,
  /** What happens when inspection itself fails, by what is inspected. */
  defaultDecision: Schema.Record(text, decision),
  /** What is inspected. */
  surfaces: Schema.Array(Surface),
  scope: Schema.Struct({ include: texts, exclude: texts }),
  limits: Schema.Struct({
    maxInspectBytes: count,
    maxPayloadBytes: count,
    maxPolicies: count,
    maxPatterns: count,
    oversize: Schema.Literals(["inspect_prefix", "block", "allow"])
  }),
  redaction: Schema.Struct({
    paths: texts,
    /** How many expressions there are. */
    patterns: count
  }),
  neverLogPayloadFor: texts,
  metadata: Schema.Struct({
    history: Schema.Boolean,
    clients: Schema.Boolean,
    logs: Schema.Boolean,
    telemetry: Schema.Boolean
  })
})

export const RuleReport = Schema.Struct({
  id: text,
  tier: Tier,
  /** What happens to what it finds, for the tenant and agent that were asked for. */
  action,
  /** Of rules that come with the program: changes with what they find. Rules of one's own have the policy's hash. */
  version: text
})

export const OverrideReport = Schema.Struct({
  tenant: Schema.NullOr(text),
  agent: Schema.NullOr(text),
  mode: Schema.NullOr(mode),
  onSecret: Schema.NullOr(Schema.Literals(["redact", "block"])),
  onProbable: Schema.NullOr(action),
  onPersonal: Schema.NullOr(action),
  defaultDecision: Schema.NullOr(decision),
  /** As it stands on verdicts about just this tenant and agent. */
  hash: text
})

export const PolicyReport = Schema.Struct({
  /** As it stands on every verdict about the tenant and agent that were asked for. */
  hash: text,
  policy: Effective,
  overrides: Schema.Array(OverrideReport),
  rules: Schema.Array(RuleReport),
  /** Links of the chain that the program has added, in order. */
  classifiers: texts
})
export type PolicyReport = typeof PolicyReport.Type

const effective = (policy: CasilPolicy): typeof Effective.Type => ({
  enabled: policy.enabled,
  mode: policy.mode,
  onSecret: policy.onSecret,
  onProbable: policy.onProbable,
  onPersonal: policy.onPersonal,
  personalIgnore: policy.personalIgnore,
  defaultDecision: Object.fromEntries(
    Surface.literals.map((surface) => [surface, onInternalError(policy, surface)] as const)
  ),
  surfaces: policy.surfaces,
  scope: policy.scope,
  limits: policy.limits,
  redaction: { paths: policy.redactionPaths, patterns: policy.redactionPatterns.length },
  neverLogPayloadFor: policy.neverLogPayloadFor,
  metadata: policy.metadata
})

/** The report on what is in force for a tenant and an agent; where neither is given, for those without an override. */
export const report = (
  inForce: PolicyInForce["Service"],
  tenant: string | undefined,
  agent: string | undefined
): PolicyReport => {
  const { actionOf, hash, policy, set } = inForce.of(tenant, agent)
  const ids = [...set.tiers.keys()]
  return {
    hash,
    policy: effective(policy),
    overrides: inForce.policy.overrides.map((each) => ({
      tenant: each.tenant ?? null,
      agent: each.agent ?? null,
      mode: each.mode ?? null,
      onSecret: each.onSecret ?? null,
      onProbable: each.onProbable ?? null,
      onPersonal: each.onPersonal ?? null,
      defaultDecision: each.defaultDecision ?? null,
      hash: policyHash(inForce.of(each.tenant, each.agent).policy, ids)
    })),
    rules: [...set.tiers].map(([id, tier]) => ({
      id,
      tier,
      action: actionOf(id) satisfies Action,
      version: tier === "custom" ? hash : REVISION
    })),
    classifiers: inForce.classifiers
  }
}
