/** What becomes of a turn whose process died in the middle (DESIGN 4.3). Pure. */
import type { TurnEvent } from "./TurnEvent.ts"
import type { TurnStep } from "./TurnStep.ts"

/** `resume` goes on from the last step; `interrupt` ends it with what it had and says why. */
export type Recovery =
  | { readonly decision: "resume" }
  | { readonly decision: "interrupt"; readonly why: "delivered" | "unknown_tool_result" }

/** The `seq` through which the steps account for what was said. */
const accounted = (steps: ReadonlyArray<TurnStep>): number =>
  steps.reduce((through, step) => (step.kind === "model" ? Math.max(through, step.textThrough) : through), 0)

/**
 * A turn goes on where nothing was said after its last step and no tool is open whose outcome nobody knows. A tool
 * that may run twice is simply run again. `after` is the `seq` at which the current attempt began.
 */
export const decide = (steps: ReadonlyArray<TurnStep>, events: ReadonlyArray<TurnEvent>, after = 0): Recovery => {
  const said = Math.max(accounted(steps), after)
  if (events.some((event) => event.body.type === "text" && event.seq > said)) {
    return { decision: "interrupt", why: "delivered" }
  }
  // the model is asked again only when every tool before has its result
  const latest = steps.slice(steps.findLastIndex((step) => step.kind === "model") + 1)
  const results = new Set(latest.flatMap((step) => (step.kind === "tool_result" ? [step.id] : [])))
  const open = latest.some((step) => step.kind === "tool_intent" && !step.idempotent && !results.has(step.id))
  return open ? { decision: "interrupt", why: "unknown_tool_result" } : { decision: "resume" }
}
