/**
 * What inspection did, as numbers: no content. Labels take values of closed sets, except those that say whose content it
 * was; of these only so many are told apart (`Series`).
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { Series } from "../domain/Series.ts"
import type { Circumstances } from "./Circumstances.ts"
import type { Surface } from "./Surface.ts"
import type { Verdict } from "./Verdict.ts"

const counter = (id: string, description: string) => (attributes: Readonly<Record<string, string>>) =>
  Metric.counter(id, { incremental: true, description, attributes })

/** Blocks inspected, by surface, kind and risk. */
export const messages = new Series(counter("exoclaw_casil_messages_total", "Blocks inspected"), [
  "surface",
  "kind",
  "risk"
])
/** Decisions, by surface, outcome and reason code. */
export const outcomes = new Series(counter("exoclaw_casil_outcomes_total", "Decisions on blocks"), [
  "surface",
  "outcome",
  "reason"
])
/** Blocks that were longer than what is inspected of one, so that a part of them passed unseen or was refused. */
export const oversize = new Series(counter("exoclaw_casil_oversize_total", "Blocks beyond the limit"), ["surface"])
/** Blocks in which a rule fired, by rule. */
export const secrets = new Series(counter("exoclaw_casil_secrets_total", "Blocks with a secret"), ["surface", "rule"])
/** Blocks with likely secrets or personal data, by rule: what the contextual tier found. */
export const probable = new Series(counter("exoclaw_casil_probable_secrets_total", "Blocks with a likely secret"), [
  "surface",
  "rule"
])
/** Blocks that were redacted or refused, by whose they were, so that somebody who does it again stands out. */
export const violations = new Series(counter("exoclaw_casil_violations_total", "Blocks redacted or refused"), [
  "surface",
  "client",
  "room",
  "channel"
])
/** Inspections that failed; the cause is `error` or `over_budget`. */
export const internalErrors = new Series(counter("exoclaw_casil_internal_errors_total", "Inspections that failed"), [
  "surface",
  "cause"
])

const LIKELY = ["probable-", "pii-"]

/** Counts the decision on one block. */
export const count = (
  surface: Surface,
  { flags, inspected, kind, outcome, reason, risk, rules }: Verdict,
  { channel = "", client = "", named = false, room = "" }: Circumstances
): Effect.Effect<void> => {
  const usual = Effect.withFiberSucceed(({ context }) => {
    messages.recordUnsafe({ surface, kind, risk }, 1, context)
    outcomes.recordUnsafe({ surface, outcome, reason }, 1, context)
  })
  const all: Array<Effect.Effect<void>> = []
  const exempt = reason === "CASIL_DISABLED" || reason === "CASIL_OUT_OF_SCOPE"
  const failed = reason === "CASIL_INTERNAL_ALLOW" || reason === "CASIL_INTERNAL_BLOCK"
  if (inspected !== "full" && !exempt && !failed) all.push(oversize.record({ surface }, 1))
  if (failed) {
    const cause = flags.includes("over_budget") ? "over_budget" : "error"
    all.push(internalErrors.record({ surface, cause }, 1))
  }
  for (const rule of rules) {
    const series = LIKELY.some((begin) => rule.startsWith(begin)) ? probable : secrets
    all.push(series.record({ surface, rule }, 1))
  }
  if (outcome !== "allow" && !failed) {
    const where = named ? { room: "", channel: "" } : { room, channel }
    all.push(violations.record({ surface, client, ...where }, 1))
  }
  return all.length === 0 ? usual : Effect.all([usual, ...all], { discard: true })
}
