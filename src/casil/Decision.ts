/** Decisions on whole texts and values: pure, and the same for the same content and policy. */
import { type Automaton, build } from "./Automaton.ts"
import { type Compiled, Inspection, Meter, redaction, type Stop } from "./Inspection.ts"
import { fieldName, namesOf } from "./Names.ts"
import { type CasilPolicy, policyHash } from "./Policy.ts"
import { structural } from "./rules/structural.ts"
import { byteCount } from "./Utf8.ts"
import type { ReasonCode, Verdict } from "./Verdict.ts"
import type { Walker } from "./Walker.ts"

/** Id of the rule that redacts fields by their name. */
export const NAMED_FIELD = "named-field"

/** Built when first needed, once: it depends on the rules alone. */
let automaton: Automaton | undefined

/** Makes a policy ready. */
export const compile = (policy: CasilPolicy): Compiled => ({
  policy,
  automaton: (automaton ??= build(structural)),
  names: namesOf(policy.redactionPaths),
  hash: policyHash(
    policy,
    structural.map(({ id }) => id)
  )
})

/** What was found in a block, or in a part of one. */
export interface Findings {
  readonly rules: ReadonlyArray<string>
  readonly spans: ReadonlyArray<readonly [number, number]>
}
const NOTHING: Findings = { rules: [], spans: [] }

/** A verdict that lets content pass unseen. */
export const unseen = (compiled: Compiled, reason: ReasonCode): Verdict => ({
  outcome: "allow",
  reason,
  kind: "data",
  risk: reason === "CASIL_INTERNAL_ALLOW" ? "medium" : "low",
  rules: [],
  spans: [],
  inspected: { partial: 0 },
  policy: compiled.hash
})

/** A verdict on content that did not pass, for the record only. */
export const stopped = (compiled: Compiled, stop: Stop, meter: Meter): Verdict => ({
  outcome: "block",
  reason: stop.reason,
  kind: "data",
  risk: stop.rules.length > 0 ? "high" : "medium",
  rules: stop.rules,
  spans: [],
  inspected: meter.extent,
  policy: compiled.hash
})

/** The verdict on content that passes with these findings. */
export const passed = (compiled: Compiled, { rules, spans }: Findings, meter: Meter): Verdict => {
  const inspected = meter.extent
  const enforced = compiled.policy.mode === "enforce"
  const found = rules.length > 0
  return {
    outcome: found && enforced ? "allow_with_redaction" : "allow",
    reason: found
      ? enforced
        ? "CASIL_POLICY_REDACTED"
        : "CASIL_MONITOR_MODE"
      : inspected === "full"
        ? "CASIL_POLICY_ALLOWED"
        : "CASIL_POLICY_OVERSIZE",
    kind: "data",
    risk: found
      ? rules.every((rule) => rule === NAMED_FIELD)
        ? "medium"
        : "high"
      : inspected === "full"
        ? "low"
        : "medium",
    rules,
    spans,
    inspected,
    policy: compiled.hash
  }
}

export type Decision<A> =
  | { readonly _tag: "Pass"; readonly value: A; readonly verdict: Verdict }
  | { readonly _tag: "Stop"; readonly stop: Stop; readonly verdict: Verdict }

/** The bytes of a text that has no anchor of any rule, as nearly every text; -1 for any other. */
const cleanBytes = ({ columns, hits, next, width }: Automaton, text: string): number => {
  let state = 0
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 128) {
      state = next[state + (columns[code] ?? 0)] ?? 0
      if (state !== 0 && hits[state / width] !== undefined) return -1
    } else {
      state = 0
      bytes += byteCount(code) - 1
    }
  }
  return bytes
}

interface Visited extends Findings {
  readonly text: string
  readonly stop?: Stop
}

const visitText = (compiled: Compiled, text: string, meter: Meter): Visited => {
  if (meter.bytes + text.length * 3 <= compiled.policy.limits.maxInspectBytes) {
    const bytes = cleanBytes(compiled.automaton, text)
    if (bytes >= 0) {
      meter.add(bytes)
      return { ...NOTHING, text }
    }
  }
  const inspection = new Inspection(compiled, meter)
  const head = inspection.push(text)
  if (head.stop !== undefined) return head
  const tail = inspection.finish()
  return {
    text: head.text + tail.text,
    rules: [...new Set([...head.rules, ...tail.rules])],
    spans: [...head.spans, ...tail.spans],
    ...(tail.stop === undefined ? {} : { stop: tail.stop })
  }
}

const isRedacted = (text: string): boolean => text.startsWith("[redacted:") && text.indexOf("]") === text.length - 1

/** Decides on one text. */
export const decideText = (compiled: Compiled, text: string): Decision<string> => {
  const meter = new Meter()
  const visited = visitText(compiled, text, meter)
  return visited.stop === undefined
    ? { _tag: "Pass", value: visited.text, verdict: passed(compiled, visited, meter) }
    : { _tag: "Stop", stop: visited.stop, verdict: stopped(compiled, visited.stop, meter) }
}

/**
 * Decides on every text that `walk` visits. The value is one block: its texts share the limits, and spans are counted
 * as if they stood one after the other.
 */
export const decideValue = <A>(compiled: Compiled, value: A, walk: Walker<A>): Decision<A> => {
  const { names, policy } = compiled
  const meter = new Meter()
  const rules = new Set<string>()
  const spans: Array<readonly [number, number]> = []
  let offset = 0
  let stop: Stop | undefined
  const walked = walk(value, (text, path) => {
    if (stop !== undefined) return text
    const start = offset
    offset += text.length
    const visited = visitText(compiled, text, meter)
    stop = visited.stop
    for (const rule of visited.rules) rules.add(rule)
    if (text !== "" && names.has(fieldName(path)) && !isRedacted(text)) {
      rules.add(NAMED_FIELD)
      spans.push([start, offset])
      return policy.mode === "enforce" ? redaction(NAMED_FIELD) : text
    }
    for (const [from, to] of visited.spans) spans.push([start + from, start + to])
    return visited.text
  })
  return stop === undefined
    ? { _tag: "Pass", value: walked, verdict: passed(compiled, { rules: [...rules], spans }, meter) }
    : { _tag: "Stop", stop, verdict: stopped(compiled, stop, meter) }
}
