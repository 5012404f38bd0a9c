/**
 * Text for logs. What any rule for secrets finds is gone, whatever the policy does with content: in monitor mode and
 * without inspection too. What is only likely follows the policy: names and ids of one's own are not taken for secrets.
 */
import * as Result from "effect/Result"
import type { Json } from "../domain/Json.ts"
import type { Classifier } from "./Classifier.ts"
import { type Compiled, compile } from "./Compiled.ts"
import { type Decision, decideText, decideValue } from "./Decision.ts"
import type { CasilPolicy } from "./Policy.ts"
import { json } from "./Walker.ts"

/** Stands where something could not be looked through. */
export const WITHHELD = "[withheld]"

/** What links of a chain look for is looked for here too; what else they say is about content, and is not asked. */
const strict = (policy: CasilPolicy, chain: ReadonlyArray<Classifier>): CasilPolicy => ({
  ...policy,
  enabled: true,
  mode: "enforce",
  onSecret: "redact",
  onProbable: policy.onProbable === "monitor" ? "monitor" : "redact",
  onPersonal: policy.onPersonal === "monitor" ? "monitor" : "redact",
  // fields of ours, which are no secrets
  redactionPaths: [],
  rules: [...policy.rules, ...chain.flatMap(({ rules = [] }) => rules)].map((rule) => ({ ...rule, action: "redact" })),
  limits: { ...policy.limits, maxInspectBytes: 262_144, oversize: "block" }
})

const passing = <A>(decide: () => Decision<A>, withheld: A): A =>
  Result.match(Result.try(decide), {
    onFailure: () => withheld,
    onSuccess: (decision) => (decision._tag === "Pass" ? decision.value : withheld)
  })

export interface ForLogs {
  readonly text: (text: string) => string
  /** Every text in it, and every name of a field. */
  readonly value: (value: Json) => Json
}

/** What costs too much to look through is withheld: nobody knows what is in the rest of it. */
const whole = { onOverBudget: "block" } as const

/** Text for logs under a policy and a chain. Made ready when first needed: whoever logs nothing pays nothing. */
export const forLogs = (policy: CasilPolicy, chain: ReadonlyArray<Classifier> = []): ForLogs => {
  let compiled: Compiled | undefined
  const ready = () => (compiled ??= compile(strict(policy, chain)))
  return {
    text: (text) => passing(() => decideText(ready(), text, whole), WITHHELD),
    value: (value) => passing(() => decideValue(ready(), value, json, whole), WITHHELD)
  }
}
