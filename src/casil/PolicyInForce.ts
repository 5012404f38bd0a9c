/** The policy that is in force, for operators and for those who ask before they inspect. */
import * as Context from "effect/Context"
import { type Compiled, compile, compileLate } from "./Compiled.ts"
import type { Classifier } from "./Classifier.ts"
import { type CasilPolicy, policyFor } from "./Policy.ts"
import { anyOf, scopeOf } from "./Scope.ts"

export class PolicyInForce extends Context.Service<
  PolicyInForce,
  {
    readonly policy: CasilPolicy
    /** As it stands on every verdict. */
    readonly hash: string
    /** The policy with what a tenant and an agent have otherwise, and its hash; what each rule then does. */
    readonly of: (tenant: string | undefined, agent: string | undefined) => Compiled
    /** Ids of all rules, and of the classifiers in the chain. */
    readonly rules: ReadonlyArray<string>
    readonly classifiers: ReadonlyArray<string>
    /** Whether the bus is inspected in a room and channel: what is not costs this question only. */
    readonly covers: (room: string, channel: string) => boolean
    /** Whether no payload of a room and channel may ever be logged. */
    readonly neverLogs: (room: string, channel: string) => boolean
  }
>()("exoclaw/casil/PolicyInForce") {}

export const policyInForce = (policy: CasilPolicy, chain: ReadonlyArray<Classifier>): PolicyInForce["Service"] => {
  const usual = compileLate(policy, chain)
  const covered = scopeOf(policy.scope.include, policy.scope.exclude)
  return PolicyInForce.of({
    policy,
    get hash() {
      return usual().hash
    },
    of: (tenant, agent) => (policy.overrides.length === 0 ? usual() : compile(policyFor(policy, tenant, agent), chain)),
    get rules() {
      return [...usual().set.tiers.keys()]
    },
    classifiers: chain.map(({ id }) => id),
    covers: policy.enabled ? covered.matches : () => false,
    neverLogs: anyOf(policy.neverLogPayloadFor).matches
  })
}
