/** What an inspection found: never the value itself. */
import * as Schema from "effect/Schema"

export const ReasonCode = Schema.Literals([
  "CASIL_POLICY_ALLOWED",
  "CASIL_POLICY_REDACTED",
  "CASIL_POLICY_BLOCKED",
  "CASIL_POLICY_BLOCKED_SECRET",
  "CASIL_POLICY_OVERSIZE",
  "CASIL_MONITOR_MODE",
  "CASIL_OUT_OF_SCOPE",
  "CASIL_DISABLED",
  "CASIL_INTERNAL_ALLOW",
  "CASIL_INTERNAL_BLOCK"
])
export type ReasonCode = typeof ReasonCode.Type

export const Verdict = Schema.Struct({
  outcome: Schema.Literals(["allow", "allow_with_redaction", "block"]),
  reason: ReasonCode,
  kind: Schema.Literals(["data", "control", "telemetry", "system"]),
  risk: Schema.Literals(["low", "medium", "high"]),
  /** Ids of the rules that fired. */
  rules: Schema.Array(Schema.String),
  /** Where, in code units of the inspected text: `[start, end)`. */
  spans: Schema.Array(Schema.Tuple([Schema.Int, Schema.Int])),
  /** `full`, or how many bytes of the text were inspected. */
  inspected: Schema.Union([Schema.Literal("full"), Schema.Struct({ partial: Schema.Int })]),
  /** Hash of the policy in force. */
  policy: Schema.String
})
export type Verdict = typeof Verdict.Type
