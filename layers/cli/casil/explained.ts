/** Explanations as people and programs read them. What was found is never shown. */
import type { RuleExplanation, Scored, TextExplanation } from "../../../src/casil/Explain.ts"
import { escaped, oneLine } from "../text.ts"

/** An explanation and where it is: lines and columns from 1. */
export interface Placed extends TextExplanation {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly length: number
}

const tiers: Readonly<Record<RuleExplanation["tier"], string>> = {
  structural: "structural, a known format",
  contextual: "contextual, a likely secret",
  pii: "personal data",
  hint: "hint",
  custom: "a rule of your own"
}

const does: Readonly<Record<RuleExplanation["action"], string>> = {
  monitor: "only records it",
  redact: "redacts it",
  block: "blocks what it is in"
}

const writings = { base64: "base64", hex: "hexadecimal digits", escapes: "percent or JSON escapes" } as const

/** Parts of a score that are told. */
const MOST_PARTS = 6
/** Keywords, and lines of examples, that are told. */
const MOST_LISTED = 8

const rows = (pairs: ReadonlyArray<readonly [string, string | undefined]>): string =>
  pairs.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name.padEnd(10)}${value}\n`])).join("")

const points = (thousandths: number): string => `${thousandths > 0 ? "+" : ""}${(thousandths / 1000).toFixed(1)}`

const some = (all: ReadonlyArray<string>): string | undefined => {
  if (all.length === 0) return undefined
  const more = all.length > MOST_LISTED ? ` and ${all.length - MOST_LISTED} more` : ""
  return `${all.slice(0, MOST_LISTED).join(", ")}${more}`
}

const told = (texts: ReadonlyArray<string>): ReadonlyArray<readonly [string, string]> =>
  texts.slice(0, MOST_LISTED).map((text, i) => [i === 0 ? "" : "", escaped(text.replaceAll("\n", "\\n"))] as const)

const block = (heading: string, texts: ReadonlyArray<string>): string =>
  texts.length === 0
    ? ""
    : `  ${heading}\n${told(texts)
        .map(([, text]) => `    ${text}\n`)
        .join("")}`

export const ruleText = (rule: RuleExplanation): string =>
  `${rule.id}\n` +
  rows([
    ["tier", tiers[rule.tier]],
    ["does", `${does[rule.action]}: ${rule.decidedBy}`],
    ["source", rule.source],
    ["keywords", some(rule.keywords)],
    ["format", rule.looks],
    ["check", rule.check]
  ]) +
  block("finds, for example (made up)", rule.examples) +
  block("and not in", rule.counterExamples)

const scoreText = ({ certain, joined, likely, name, parts, points: sum }: Scored): string =>
  rows([
    ["name", `${oneLine(name, 64)} (joined to the value by: ${joined})`],
    ["score", `${points(sum)}; likely from ${points(likely)}, as good as certain from ${points(certain)}`],
    [
      "parts",
      parts
        .slice(0, MOST_PARTS)
        .map(({ feature, value, weight }) => `${feature} ${value} ${points(weight)}`)
        .join(", ")
    ]
  ])

const where = ({ column, file, length, line }: Placed): string =>
  `${escaped(file)}:${line}:${column}  ${length} characters`

export const textText = (one: Placed): string => {
  const { confidence, keyword, rule, scored, via } = one
  if (rule === undefined) {
    return `${where(one)}  no finding: beside a name for secrets, but not likely one\n${scored === undefined ? "" : scoreText(scored)}`
  }
  return (
    `${where(one)}  ${rule.id}\n` +
    rows([
      ["tier", tiers[rule.tier]],
      ["does", `${does[rule.action]}: ${rule.decidedBy}`],
      ["source", rule.source],
      ["keyword", keyword],
      ["read from", via.length === 0 ? undefined : via.map((each) => writings[each]).join(", then ")],
      ["format", rule.looks],
      ["check", rule.check],
      ["certainty", `${confidence} %`]
    ]) +
    (scored === undefined ? "" : scoreText(scored))
  )
}

export const ruleJson = (rule: RuleExplanation) => ({
  ...rule,
  looks: rule.looks ?? null,
  check: rule.check ?? null
})

export const textJson = ({ column, confidence, file, keyword, length, line, rule, scored, via }: Placed) => ({
  file,
  line,
  column,
  length,
  rule: rule?.id ?? null,
  tier: rule?.tier ?? null,
  action: rule?.action ?? null,
  decidedBy: rule?.decidedBy ?? null,
  source: rule?.source ?? null,
  keyword: keyword ?? null,
  readFrom: via,
  looks: rule?.looks ?? null,
  check: rule?.check ?? null,
  confidence,
  score: scored ?? null
})
