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

/** What each means, for those who read one. */
export const meanings: Readonly<Record<ReasonCode, string>> = {
  CASIL_POLICY_ALLOWED: "Nothing was found.",
  CASIL_POLICY_REDACTED: "Something was found and replaced; the rest travels on.",
  CASIL_POLICY_BLOCKED: "A rule or a policy of one's own refuses it, or casil.on_probable or casil.on_personal does.",
  CASIL_POLICY_BLOCKED_SECRET: "A secret of a known format, and casil.on_secret is block.",
  CASIL_POLICY_OVERSIZE:
    "Longer than the limits: the part that was inspected had nothing, or casil.limits does not let it pass.",
  CASIL_MONITOR_MODE: "Something was found and only recorded: by the mode, or because its tier is only recorded.",
  CASIL_OUT_OF_SCOPE: "Not looked at: casil.scope does not name it.",
  CASIL_DISABLED: "Not looked at: casil.enabled is false.",
  CASIL_INTERNAL_ALLOW: "It could not be inspected to its end, and casil.default_decision lets it pass.",
  CASIL_INTERNAL_BLOCK: "It could not be inspected to its end, and casil.default_decision does not let it pass."
}

/** What classification says of content beside its risk; classifiers that a program adds may say more. */
export const Flag = Schema.String
/** Flags of our own: which tiers found something, and how it was hidden. */
export const flags = [
  "secret",
  "probable_secret",
  "personal_data",
  "injection_hint",
  "encoded",
  "split",
  "oversize",
  "over_budget"
] as const

export const Verdict = Schema.Struct({
  outcome: Schema.Literals(["allow", "allow_with_redaction", "block"]),
  reason: ReasonCode,
  kind: Schema.Literals(["data", "control", "telemetry", "system"]),
  risk: Schema.Literals(["low", "medium", "high"]),
  /** Ids of the rules that fired. */
  rules: Schema.Array(Schema.String),
  /** Where, in code units of the inspected text: `[start, end)`. */
  spans: Schema.Array(Schema.Tuple([Schema.Int, Schema.Int])),
  /** How sure the surest of them is, in hundredths; 0 where nothing was found. */
  confidence: Schema.Int,
  /** What else is known of the content. */
  flags: Schema.Array(Flag),
  /** `full`, or how many bytes of the text were inspected. */
  inspected: Schema.Union([Schema.Literal("full"), Schema.Struct({ partial: Schema.Int })]),
  /** Hash of the policy in force. */
  policy: Schema.String
})
export type Verdict = typeof Verdict.Type

/** Each flag once, always in the same order. */
export const sortedFlags = (all: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(all)].toSorted()

/** From the mildest to the gravest: of several, the gravest names the whole. */
const REASONS: ReadonlyArray<ReasonCode> = [
  "CASIL_DISABLED",
  "CASIL_OUT_OF_SCOPE",
  "CASIL_POLICY_ALLOWED",
  "CASIL_POLICY_OVERSIZE",
  "CASIL_MONITOR_MODE",
  "CASIL_POLICY_REDACTED",
  "CASIL_INTERNAL_ALLOW",
  "CASIL_POLICY_BLOCKED",
  "CASIL_POLICY_BLOCKED_SECRET",
  "CASIL_INTERNAL_BLOCK"
]
const RISKS: ReadonlyArray<Verdict["risk"]> = ["low", "medium", "high"]
const OUTCOMES: ReadonlyArray<Verdict["outcome"]> = ["allow", "allow_with_redaction", "block"]

const graver = <A>(order: ReadonlyArray<A>, a: A, b: A): A => (order.indexOf(b) > order.indexOf(a) ? b : a)

/**
 * The verdicts on the parts of one text, as `Casil.stream` gives them, as one: the gravest outcome, reason and risk, and
 * every rule and span. Nothing for no verdict.
 */
export const combine = (parts: ReadonlyArray<Verdict>): Verdict | undefined => {
  const [first, ...rest] = parts
  if (first === undefined) return undefined
  return rest.reduce(
    (all, next) => ({
      outcome: graver(OUTCOMES, all.outcome, next.outcome),
      reason: graver(REASONS, all.reason, next.reason),
      kind: all.kind,
      risk: graver(RISKS, all.risk, next.risk),
      rules: [...new Set([...all.rules, ...next.rules])],
      spans: [...all.spans, ...next.spans],
      confidence: Math.max(all.confidence, next.confidence),
      flags: sortedFlags([...all.flags, ...next.flags]),
      inspected: next.inspected === "full" ? all.inspected : next.inspected,
      policy: next.policy
    }),
    first
  )
}
