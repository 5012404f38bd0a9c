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

export interface PiiRates {
  readonly found: number
  readonly all: number
  /** Findings of the kind that touch nothing that is labelled. */
  readonly mistaken: number
  readonly precision: number
  readonly recall: number
  readonly F1: number
}

export interface PiiMeasured {
  readonly rates: Readonly<Record<string, PiiRates>>
  readonly missed: ReadonlyArray<string>
  readonly mistaken: ReadonlyArray<string>
}

const ratesOf = ({ all, found, mistaken }: { found: number; all: number; mistaken: number }): PiiRates => {
  const precision = found + mistaken === 0 ? 1 : found / (found + mistaken)
  const recall = all === 0 ? 1 : found / all
  const sum = precision + recall
  return { found, all, mistaken, precision, recall, F1: sum === 0 ? 0 : (2 * precision * recall) / sum }
}

const ALL = "all kinds"
const CERTAINLY = "certain kinds"
const KIND_OF = new Map(Object.entries(KINDS).map(([kind, rule]) => [rule, kind]))

export const measurePii = (compiled: Compiled, examples: ReadonlyArray<PiiExample>): PiiMeasured => {
  const counts: Record<string, { found: number; all: number; mistaken: number }> = {}
  const tally = (kind: string) => (counts[kind] ??= { found: 0, all: 0, mistaken: 0 })
  const missed: Array<string> = []
  const mistaken: Array<string> = []
  for (const { full_text: text, spans } of examples) {
    const findings = findingsIn(compiled, text).filter(({ tier }) => tier === "pii")
    const wanted = spans.filter(({ entity_type: type }) => KINDS[type] !== undefined)
    for (const { end_position: end, entity_type: type, entity_value: value, start_position: start } of wanted) {
      const found = findings.some((finding) => finding.start < end && start < finding.end)
      for (const kind of CERTAIN.has(type) ? [type, CERTAINLY, ALL] : [type, ALL]) {
        tally(kind).all++
        if (found) tally(kind).found++
      }
      if (!found) missed.push(`${type} ${value}: ${text.replaceAll("\n", " ").slice(0, 120)}`)
    }
    for (const { end, rule, start } of findings) {
      if (wanted.some((span) => span.start_position < end && start < span.end_position)) continue
      const kind = KIND_OF.get(rule) ?? rule
      for (const each of kind === "PHONE_NUMBER" ? [kind, ALL] : [kind, CERTAINLY, ALL]) tally(each).mistaken++
      mistaken.push(`${rule} ${text.slice(start, end)}: ${text.replaceAll("\n", " ").slice(0, 120)}`)
    }
  }
  return {
    rates: Object.fromEntries(Object.entries(counts).map(([kind, each]) => [kind, ratesOf(each)])),
    missed,
    mistaken
  }
}
