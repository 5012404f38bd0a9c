/** How well personal data is found, by kind. */
import type { Compiled } from "../../../src/casil/Compiled.ts"
import { findingsIn } from "../../../src/casil/Decision.ts"
import type { PiiExample } from "./data.ts"

/** Kinds with a checksum or a format that is certain; names, addresses and ages need a model and stay out. */
const KINDS: Readonly<Record<string, string>> = {
  CREDIT_CARD: "pii-card",
  IBAN_CODE: "pii-iban",
  US_SSN: "pii-ssn",
  EMAIL_ADDRESS: "pii-email",
  IP_ADDRESS: "pii-ip",
  PHONE_NUMBER: "pii-phone"
}
const CERTAIN = new Set(["CREDIT_CARD", "IBAN_CODE", "US_SSN", "EMAIL_ADDRESS", "IP_ADDRESS"])

export interface PiiMeasured {
  readonly rates: Readonly<Record<string, { readonly found: number; readonly all: number; readonly mistaken: number }>>
  readonly missed: ReadonlyArray<string>
  readonly mistaken: ReadonlyArray<string>
}

export const measurePii = (compiled: Compiled, examples: ReadonlyArray<PiiExample>): PiiMeasured => {
  const rates: Record<string, { found: number; all: number; mistaken: number }> = {}
  const tally = (kind: string) => (rates[kind] ??= { found: 0, all: 0, mistaken: 0 })
  const missed: Array<string> = []
  const mistaken: Array<string> = []
  for (const { full_text: text, spans } of examples) {
    const findings = findingsIn(compiled, text).filter(({ tier }) => tier === "pii")
    const wanted = spans.filter(({ entity_type: type }) => KINDS[type] !== undefined)
    for (const { end_position: end, entity_type: type, entity_value: value, start_position: start } of wanted) {
      const found = findings.some((finding) => finding.start < end && start < finding.end)
      for (const kind of CERTAIN.has(type) ? [type, "certain kinds"] : [type]) {
        tally(kind).all++
        if (found) tally(kind).found++
      }
      if (!found) missed.push(`${type} ${value}: ${text.replaceAll("\n", " ").slice(0, 120)}`)
    }
    for (const { end, rule, start } of findings) {
      if (wanted.some((span) => span.start_position < end && start < span.end_position)) continue
      tally(rule).mistaken++
      mistaken.push(`${rule} ${text.slice(start, end)}: ${text.replaceAll("\n", " ").slice(0, 120)}`)
    }
  }
  return { rates, missed, mistaken }
}
