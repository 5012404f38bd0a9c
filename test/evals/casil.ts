/**
 * How well inspection finds secrets and personal data, and what it costs: `npm run eval:casil -- --data DIR [--json]`.
 * DIR holds `labels.json` and the files it names (as CredData has them, packed or not), and beside them token and PII
 * examples, if any. `--leave-one-out` also measures each repository with a scorer that has not seen it; `--show` prints
 * what was missed and mistaken.
 */
import * as path from "node:path"
import { parseArgs } from "node:util"
import { type Compiled, compileWith, ownRules } from "../../src/casil/Compiled.ts"
import { scorer } from "../../src/casil/context/Score.ts"
import { findingsIn } from "../../src/casil/Decision.ts"
import { ruleSet } from "../../src/casil/engine/RuleSet.ts"
import type { Tier } from "../../src/casil/Finding.ts"
import { contextualWith } from "../../src/casil/rules/contextual.ts"
import { structural, structuralWords } from "../../src/casil/rules/structural.ts"
import { train } from "./casil/boost.ts"
import { costs } from "./casil/costs.ts"
import { credentials, type Credentials, piiExamples, tokenExamples } from "./casil/data.ts"
import { joined, measure, type Measured, rates } from "./casil/measure.ts"
import { measurePii } from "./casil/pii.ts"
import { exampleRows, labelledRows, sourceRows, SYNTHETIC, syntheticRows, unlimited } from "./casil/rows.ts"

const root = path.join(import.meta.dirname, "..", "..")
const TIERS: Readonly<Record<string, ReadonlyArray<Tier>>> = {
  structural: ["structural"],
  "structural and contextual": ["structural", "contextual"]
}

const percent = (value: number): string => value.toFixed(3)

/** Each repository with a scorer trained on the others. */
const leaveOneOut = (data: Credentials, folder: string): ReadonlyArray<readonly [string, Compiled]> => {
  const labelled = labelledRows(data)
  const rest = [
    ...exampleRows(tokenExamples(folder)),
    ...syntheticRows(SYNTHETIC),
    ...sourceRows(path.join(root, "node_modules"))
  ]
  return [...labelled.keys()].map((repository) => {
    const rows = [...labelled].filter(([name]) => name !== repository).flatMap(([, own]) => own)
    const contextual = contextualWith(scorer(train([...rows, ...rest])))
    return [repository, compileWith(ruleSet([...structural, contextual], structuralWords), unlimited)] as const
  })
}

const table = (measured: Measured) => {
  const { counts, bytes } = measured
  const { f1, precision, recall, unlabelledPer12MB } = rates(counts, bytes)
  return {
    precision: percent(precision),
    recall: percent(recall),
    F1: percent(f1),
    "unlabelled per 12 MB": Math.round(unlabelledPer12MB),
    found: `${counts.found}/${counts.secrets}`,
    wrong: `${counts.wrong} F, ${counts.templates} X`
  }
}

/** Which part of labelled token examples is found: of those of vendors, and of the vague rules apart. */
const measureTokens = (compiled: Compiled, folder: string) => {
  const examples = tokenExamples(folder)
  const of = (generic: boolean, label: 0 | 1) => {
    const own = examples.filter((each) => (each.generic ?? false) === generic && each.label === label)
    return { found: own.filter(({ text }) => findingsIn(compiled, text).length > 0).length, all: own.length }
  }
  const missed = examples
    .filter((each) => each.label === 1 && !each.generic && findingsIn(compiled, each.text).length === 0)
    .map(({ rule, text }) => `${rule} ${JSON.stringify(text).slice(0, 160)}`)
  return { vendors: of(false, 1), vague: of(true, 1), none: of(false, 0), missed }
}

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    json: { type: "boolean", default: false },
    show: { type: "boolean", default: false },
    "leave-one-out": { type: "boolean", default: false }
  }
})
if (values.data === undefined) throw new Error("which data? --data DIR")
const folder = path.resolve(process.env["INIT_CWD"] ?? process.cwd(), values.data)
const compiled = compileWith(ownRules(), unlimited)
const data = credentials(folder)
const shipped = new Map(
  data === undefined
    ? []
    : Object.entries(TIERS).map(([name, tiers]) => [name, measure(data, (text) => findingsIn(compiled, text), tiers)])
)
const unseen = new Map<string, Measured>()
if (data !== undefined && values["leave-one-out"]) {
  const models = leaveOneOut(data, folder)
  for (const [name, tiers] of Object.entries(TIERS)) {
    const each = models.map(([repository, own]) =>
      measure(data, (text) => findingsIn(own, text), tiers, new Set([repository]))
    )
    models.forEach(([repository], i) => unseen.set(`${name}: ${repository}`, each[i] as Measured))
    unseen.set(name, joined(each))
  }
}
const tokens = measureTokens(compiled, folder)
const pii = measurePii(compiled, piiExamples(folder))
const cost = costs()

if (values.json) {
  const asJson = (all: ReadonlyMap<string, Measured>) =>
    Object.fromEntries(
      [...all].map(([name, measured]) => [
        name,
        {
          ...rates(measured.counts, measured.bytes),
          ...measured.counts,
          bytes: measured.bytes,
          categories: Object.fromEntries(measured.categories),
          rules: Object.fromEntries(measured.rules)
        }
      ])
    )
  const { missed: _, ...counted } = tokens
  process.stdout.write(
    `${JSON.stringify({ tiers: asJson(shipped), leaveOneOut: asJson(unseen), tokens: counted, pii: pii.rates, cost }, undefined, 2)}\n`
  )
} else {
  const print = (title: string, rows: Readonly<Record<string, unknown>>) => {
    if (Object.keys(rows).length === 0) return
    process.stdout.write(`\n${title}\n`)
    console.table(rows)
  }
  print("By tier, line by line", Object.fromEntries([...shipped].map(([name, each]) => [name, table(each)])))
  print(
    "Each repository with a scorer that has not seen it",
    Object.fromEntries([...unseen].map(([name, each]) => [name, table(each)]))
  )
  const both = shipped.get("structural and contextual")
  print(
    "Recall by category",
    Object.fromEntries(
      [...(both?.categories ?? [])]
        .toSorted(([, a], [, b]) => b.all - a.all)
        .map(([name, { all, found }]) => [
          name,
          { structural: shipped.get("structural")?.categories.get(name)?.found ?? 0, both: found, all }
        ])
    )
  )
  print("Token examples", { vendors: tokens.vendors, "vague rules": tokens.vague, "no secrets": tokens.none })
  print("Personal data", pii.rates)
  print("Cost, microseconds", cost)
  if (values.show) {
    for (const [name, { misses, mistakes, strangers }] of [...shipped, ...unseen]) {
      process.stdout.write(
        `\n# ${name}: missed\n${misses.join("\n")}\n\n# mistaken\n${mistakes.join("\n")}\n\n# unlabelled\n${strangers.join("\n")}\n`
      )
    }
    process.stdout.write(
      `\n# tokens missed\n${tokens.missed.join("\n")}\n\n# personal data missed\n${pii.missed.join("\n")}\n\n# mistaken\n${pii.mistaken.join("\n")}\n`
    )
  }
}
