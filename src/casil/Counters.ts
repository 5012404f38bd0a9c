/** What inspection did, as numbers: no content, no rule's finding, no client. */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type { Surface } from "./Surface.ts"
import type { Verdict } from "./Verdict.ts"

/** Blocks inspected, by surface, kind and risk. */
export const messages = Metric.counter("exoclaw_casil_messages", { incremental: true, description: "Blocks inspected" })
/** Decisions, by surface, outcome and reason code. */
export const outcomes = Metric.counter("exoclaw_casil_outcomes", {
  incremental: true,
  description: "Decisions on blocks"
})
/** Blocks that were longer than what is inspected of one. */
export const oversize = Metric.counter("exoclaw_casil_oversize", {
  incremental: true,
  description: "Blocks beyond the limit"
})
/** Blocks in which a rule fired, by rule. */
export const secrets = Metric.counter("exoclaw_casil_secrets", {
  incremental: true,
  description: "Blocks with a secret"
})
/** Inspections that failed. */
export const internalErrors = Metric.counter("exoclaw_casil_internal_errors", {
  incremental: true,
  description: "Inspections that failed"
})

const one = (metric: Metric.Counter<number>, attributes: Record<string, string>): Effect.Effect<void> =>
  Metric.update(Metric.withAttributes(metric, attributes), 1)

const memo = new Map<string, ReadonlyArray<Effect.Effect<void>>>()

/** Attributes come from closed sets, so the memo is small; building a metric costs more than an inspection. */
const updates = (surface: Surface, verdict: Verdict): ReadonlyArray<Effect.Effect<void>> => {
  const { kind, outcome, reason, risk } = verdict
  const key = `${surface} ${kind} ${risk} ${outcome} ${reason}`
  let known = memo.get(key)
  if (known === undefined) {
    known = [one(messages, { surface, kind, risk }), one(outcomes, { surface, outcome, reason })]
    memo.set(key, known)
  }
  return known
}

/** Counts the decision on one block. */
export const count = (surface: Surface, verdict: Verdict): Effect.Effect<void> => {
  const [seen, decided] = updates(surface, verdict)
  const all = [...(seen ? [seen] : []), ...(decided ? [decided] : [])]
  if (verdict.inspected !== "full" && verdict.reason !== "CASIL_DISABLED" && verdict.reason !== "CASIL_OUT_OF_SCOPE") {
    all.push(one(oversize, { surface }))
  }
  if (verdict.reason === "CASIL_INTERNAL_ALLOW" || verdict.reason === "CASIL_INTERNAL_BLOCK") {
    all.push(one(internalErrors, { surface }))
  }
  for (const rule of verdict.rules) all.push(one(secrets, { surface, rule }))
  return Effect.all(all, { discard: true })
}
