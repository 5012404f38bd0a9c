/** Decisions on whole texts and values: pure, and the same for the same content and policy. */
import type { Json } from "../domain/Json.ts"
import type { Compiled } from "./Compiled.ts"
import { passed, stopped } from "./Conclusion.ts"
import type { Budget } from "./engine/Budget.ts"
import type { Finding } from "./Finding.ts"
import { Inspection, Meter, type Stop } from "./Inspection.ts"
import type { Verdict } from "./Verdict.ts"
import type { Tails } from "./CarryOver.ts"
import { Fields } from "./Fields.ts"
import { jsonTexts } from "./JsonTexts.ts"
import { json, jsonObject, type Visited, type Walker } from "./Walker.ts"

export { NAMED_FIELD } from "./OwnRules.ts"

export type Decision<A> =
  | { readonly _tag: "Pass"; readonly value: A; readonly verdict: Verdict; readonly findings: ReadonlyArray<Finding> }
  | { readonly _tag: "Stop"; readonly stop: Stop; readonly verdict: Verdict }

/** A decision on texts without what holds them: new ones by the number of the text. */
export type Judgement =
  | {
      readonly _tag: "Pass"
      readonly replacements: ReadonlyMap<number, string>
      readonly verdict: Verdict
      readonly findings: ReadonlyArray<Finding>
    }
  | { readonly _tag: "Stop"; readonly stop: Stop; readonly verdict: Verdict }

export interface Options {
  /** Whether a block passes that costs more to look through than any of use; it does unless told otherwise. */
  readonly onOverBudget?: "allow" | "block"
  /** What the block comes after. */
  readonly tails?: Tails
  /** What it may cost; as the policy says unless given. */
  readonly budget?: Budget
}

/** What was looked at did not contain what stops a block, and the rest is unknown. */
const OVER_BUDGET: Stop = { reason: "CASIL_INTERNAL_BLOCK", rules: [] }

const stopFor = (compiled: Compiled, why: Stop, meter: Meter): Judgement & Decision<never> => ({
  _tag: "Stop",
  stop: why,
  verdict: stopped(compiled, why, meter)
})

const meterFor = (compiled: Compiled, { budget }: Options): Meter =>
  budget === undefined ? Meter.for(compiled) : new Meter(budget)

/** Decides on one text. */
export const decideText = (compiled: Compiled, text: string, options: Options = {}): Decision<string> => {
  const meter = meterFor(compiled, options)
  const inspection = new Inspection(compiled, meter)
  const head = inspection.push(text)
  if (head.stop !== undefined) return stopFor(compiled, head.stop, meter)
  const tail = inspection.finish()
  if (tail.stop !== undefined) return stopFor(compiled, tail.stop, meter)
  if (meter.budget.isOver && options.onOverBudget === "block") return stopFor(compiled, OVER_BUDGET, meter)
  const findings = [...head.findings, ...tail.findings]
  return {
    _tag: "Pass",
    value: head.text + tail.text,
    verdict: passed(compiled, findings, head.redacted || tail.redacted, meter),
    findings
  }
}

/** Decides on the texts of one block. */
const decideFields = (compiled: Compiled, texts: ReadonlyArray<Visited>, options: Options): Judgement => {
  const meter = meterFor(compiled, options)
  const fields = new Fields(compiled, meter, options.tails)
  fields.look(texts)
  const { findings, replacements, stop } = fields.finish()
  if (stop !== undefined) return stopFor(compiled, stop, meter)
  if (meter.budget.isOver && options.onOverBudget === "block") return stopFor(compiled, OVER_BUDGET, meter)
  return {
    _tag: "Pass",
    replacements,
    verdict: passed(compiled, findings, replacements.size > 0, meter),
    findings
  }
}

/** Whether a walker is that of JSON: its texts are to be had for less. */
const isJson = (walk: unknown): boolean => walk === json || walk === jsonObject

/** Every text of a value, in the order of the visits. */
export const textsOf = <A>(value: A, walk: Walker<A>): ReadonlyArray<Visited> => {
  if (isJson(walk)) return jsonTexts(value as Json)
  const texts: Array<Visited> = []
  walk(value, (text, path, key) => {
    texts.push({ text, path, key })
    return text
  })
  return texts
}

/** What becomes of a value when its texts were judged. */
export const applied = <A>(value: A, walk: Walker<A>, judgement: Judgement): Decision<A> => {
  if (judgement._tag === "Stop") return judgement
  const { findings, replacements, verdict } = judgement
  let next = 0
  const walked = replacements.size > 0 ? walk(value, (text) => replacements.get(next++) ?? text) : value
  return { _tag: "Pass", value: walked, verdict, findings }
}

/**
 * Decides on every text that `walk` visits. The value is one block: its texts share the limits, and spans are counted
 * as if they stood one after the other. It is walked once to look, and again to replace if there is anything to.
 */
export const decideValue = <A>(compiled: Compiled, value: A, walk: Walker<A>, options: Options = {}): Decision<A> =>
  applied(value, walk, decideFields(compiled, textsOf(value, walk), options))

/** Judges one text, or the texts of a value, that came from elsewhere. */
export const judge = (compiled: Compiled, texts: string | ReadonlyArray<Visited>, options: Options): Judgement => {
  if (typeof texts !== "string") return decideFields(compiled, texts, options)
  const decision = decideText(compiled, texts, options)
  if (decision._tag === "Stop") return decision
  const { findings, value, verdict } = decision
  return { _tag: "Pass", replacements: value === texts ? new Map() : new Map([[0, value]]), verdict, findings }
}

/** What is found in a text, whatever the policy does about it. */
export const findingsIn = (compiled: Compiled, text: string): ReadonlyArray<Finding> => {
  const decision = decideText(
    { ...compiled, policy: { ...compiled.policy, mode: "monitor" }, actionOf: () => "monitor" },
    text
  )
  return decision._tag === "Pass" ? decision.findings : []
}
