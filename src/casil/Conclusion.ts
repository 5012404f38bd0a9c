/** Verdicts: what is said about content, of what was found in it. Pure. */
import type { Compiled } from "./Compiled.ts"
import { NAMED_FIELD } from "./OwnRules.ts"
import type { Finding, Tier } from "./Finding.ts"
import type { Meter, Stop } from "./Inspection.ts"
import { type ReasonCode, sortedFlags, type Verdict } from "./Verdict.ts"

/** What is known of a block beside what was found in it. */
export interface Classification {
  readonly kind: Verdict["kind"]
  readonly flags: ReadonlyArray<string>
  readonly risk: Verdict["risk"]
}

export const unclassified: Classification = { kind: "data", flags: [], risk: "low" }

const RISKS: ReadonlyArray<Verdict["risk"]> = ["low", "medium", "high"]
const graver = (a: Verdict["risk"], b: Verdict["risk"]): Verdict["risk"] =>
  RISKS.indexOf(b) > RISKS.indexOf(a) ? b : a

/** The flag of a text that speaks to a model. */
export const HINT = "injection_hint"

const FLAG_OF: Readonly<Record<Tier, string>> = {
  structural: "secret",
  contextual: "probable_secret",
  pii: "personal_data",
  custom: "secret",
  hint: HINT
}

const unique = <A>(all: ReadonlyArray<A>): ReadonlyArray<A> => [...new Set(all)]

const flagsOf = (findings: ReadonlyArray<Finding>): ReadonlyArray<string> =>
  unique(
    findings.flatMap(({ flag, rule, tier }) => [
      rule === NAMED_FIELD ? "named_field" : FLAG_OF[tier],
      ...(flag === undefined ? [] : [flag])
    ])
  )

const riskOf = (findings: ReadonlyArray<Finding>): Verdict["risk"] =>
  findings.some(({ rule, tier }) => (tier === "structural" || tier === "custom") && rule !== NAMED_FIELD)
    ? "high"
    : findings.length > 0
      ? "medium"
      : "low"

/** A verdict that lets content pass unseen. */
export const unseen = (
  compiled: Compiled,
  reason: ReasonCode,
  { flags, kind }: Classification = unclassified
): Verdict => ({
  outcome: "allow",
  reason,
  kind,
  risk: reason === "CASIL_INTERNAL_ALLOW" ? "medium" : "low",
  rules: [],
  spans: [],
  confidence: 0,
  flags,
  inspected: { partial: 0 },
  policy: compiled.hash
})

/** A verdict on content that did not pass, for the record only. */
export const stopped = (
  compiled: Compiled,
  stop: Stop,
  meter: Meter,
  { flags, kind }: Classification = unclassified
): Verdict => ({
  outcome: "block",
  reason: stop.reason,
  kind,
  risk: stop.rules.length > 0 ? "high" : "medium",
  rules: stop.rules,
  spans: [],
  confidence: stop.rules.length > 0 ? 100 : 0,
  flags: sortedFlags([
    ...flags,
    ...(stop.reason === "CASIL_POLICY_OVERSIZE" ? ["oversize"] : []),
    ...(meter.hinted ? [HINT] : []),
    ...(meter.budget.isOver ? ["over_budget"] : [])
  ]),
  inspected: meter.extent,
  policy: compiled.hash
})

const reasonOf = (found: boolean, redacted: boolean, full: boolean, over: boolean): ReasonCode =>
  over
    ? "CASIL_INTERNAL_ALLOW"
    : redacted
      ? "CASIL_POLICY_REDACTED"
      : found
        ? "CASIL_MONITOR_MODE"
        : full
          ? "CASIL_POLICY_ALLOWED"
          : "CASIL_POLICY_OVERSIZE"

/** Spans that overlap are one. */
const spansOf = (findings: ReadonlyArray<Finding>): ReadonlyArray<readonly [number, number]> => {
  const spans: Array<[number, number]> = []
  for (const { end, start } of findings.toSorted((a, b) => a.start - b.start)) {
    const last = spans.at(-1)
    if (last !== undefined && start < last[1]) last[1] = Math.max(last[1], end)
    else spans.push([start, end])
  }
  return spans
}

/** The verdict on content that passes with these findings; of what went over the budget, only if the policy lets it. */
export const passed = (
  compiled: Compiled,
  findings: ReadonlyArray<Finding>,
  redacted: boolean,
  meter: Meter,
  classification: Classification = unclassified
): Verdict => {
  const inspected = meter.extent
  const full = inspected === "full"
  const over = meter.budget.isOver
  return {
    outcome: redacted ? "allow_with_redaction" : "allow",
    reason: reasonOf(findings.length > 0, redacted, full, over),
    kind: classification.kind,
    risk: graver(graver(riskOf(findings), full && !meter.hinted ? "low" : "medium"), classification.risk),
    rules: unique(findings.map(({ rule }) => rule)),
    spans: spansOf(findings),
    confidence: findings.reduce((most, { confidence }) => Math.max(most, confidence), 0),
    flags: sortedFlags([
      ...classification.flags,
      ...flagsOf(findings),
      ...(full || over ? [] : ["oversize"]),
      ...(meter.hinted ? [HINT] : []),
      ...(over ? ["over_budget"] : [])
    ]),
    inspected,
    policy: compiled.hash
  }
}
