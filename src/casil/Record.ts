/** What is kept of a verdict: counters, a line of the log, attributes of the span. Rules and counts, never the content. */
import * as Effect from "effect/Effect"
import type { Circumstances } from "./Circumstances.ts"
import * as Counters from "./Counters.ts"
import type { CasilPolicy } from "./Policy.ts"
import type { Surface } from "./Surface.ts"
import type { Verdict } from "./Verdict.ts"

const attributesOf = (surface: Surface, verdict: Verdict): Record<string, unknown> => ({
  "casil.surface": surface,
  "casil.outcome": verdict.outcome,
  "casil.reason": verdict.reason,
  "casil.rules": verdict.rules.join(","),
  "casil.spans": verdict.spans.length
})

/** Records the verdict on one block as the policy says. */
export const record = (
  { metadata }: CasilPolicy,
  surface: Surface,
  verdict: Verdict,
  circumstances: Circumstances
): Effect.Effect<void> => {
  const counted = Counters.count(surface, verdict, circumstances)
  if (verdict.rules.length === 0) return counted
  const attributes = attributesOf(surface, verdict)
  const logged = metadata.logs
    ? Effect.logInfo("Content inspection found something").pipe(Effect.annotateLogs(attributes))
    : Effect.void
  const annotated = metadata.telemetry ? Effect.annotateCurrentSpan(attributes) : Effect.void
  return Effect.all([counted, logged, annotated], { discard: true })
}
