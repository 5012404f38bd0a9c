/** Decisions on whole texts and values: pure, and the same for the same content and policy. */
import type { Compiled } from "./Compiled.ts"
import { type Classification, passed, stopped } from "./Conclusion.ts"
import type { Finding } from "./Finding.ts"
import { Inspection, Meter, type Stop } from "./Inspection.ts"
import type { Verdict } from "./Verdict.ts"
import { Fields } from "./Fields.ts"
import type { Walker } from "./Walker.ts"

export { NAMED_FIELD } from "./Compiled.ts"

export type Decision<A> =
  | { readonly _tag: "Pass"; readonly value: A; readonly verdict: Verdict; readonly findings: ReadonlyArray<Finding> }
  | { readonly _tag: "Stop"; readonly stop: Stop; readonly verdict: Verdict }

const stop = (compiled: Compiled, why: Stop, meter: Meter, classification?: Classification): Decision<never> => ({
  _tag: "Stop",
  stop: why,
  verdict: stopped(compiled, why, meter, classification)
})

/** Decides on one text. */
export const decideText = (compiled: Compiled, text: string, classification?: Classification): Decision<string> => {
  const meter = new Meter()
  const inspection = new Inspection(compiled, meter)
  const head = inspection.push(text)
  if (head.stop !== undefined) return stop(compiled, head.stop, meter, classification)
  const tail = inspection.finish()
  if (tail.stop !== undefined) return stop(compiled, tail.stop, meter, classification)
  const findings = [...head.findings, ...tail.findings]
  return {
    _tag: "Pass",
    value: head.text + tail.text,
    verdict: passed(compiled, findings, head.redacted || tail.redacted, meter, classification),
    findings
  }
}

/**
 * Decides on every text that `walk` visits. The value is one block: its texts share the limits, and spans are counted
 * as if they stood one after the other. It is walked once to look, and again to replace if there is anything to.
 */
export const decideValue = <A>(
  compiled: Compiled,
  value: A,
  walk: Walker<A>,
  classification?: Classification
): Decision<A> => {
  const meter = new Meter()
  const fields = new Fields(compiled, meter)
  walk(value, (text, path) => {
    fields.visit(text, path)
    return text
  })
  const { findings, replacements, stop: why } = fields.finish()
  if (why !== undefined) return stop(compiled, why, meter, classification)
  const redacted = replacements.size > 0
  let next = 0
  const walked = redacted ? walk(value, (text) => replacements.get(next++) ?? text) : value
  return {
    _tag: "Pass",
    value: walked,
    verdict: passed(compiled, findings, redacted, meter, classification),
    findings
  }
}

/** What is found in a text, whatever the policy does about it. */
export const findingsIn = (compiled: Compiled, text: string): ReadonlyArray<Finding> => {
  const decision = decideText(
    { ...compiled, policy: { ...compiled.policy, mode: "monitor" }, actionOf: () => "monitor" },
    text
  )
  return decision._tag === "Pass" ? decision.findings : []
}
