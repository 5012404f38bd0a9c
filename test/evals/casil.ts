/**
 * How well inspection finds secrets and personal data, and what it costs: `npm run eval:casil -- --data DIR [--json]`.
 * DIR holds what `casil/data.ts` describes, or a part of it: what is not there is left out, and said to be. Ends with 2
 * where the data are not what they should be. `--leave-one-out` also measures each repository with a scorer that has not
 * seen it; `--show` prints what was missed and mistaken.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { parseArgs } from "node:util"
import { type Compiled, compileWith } from "../../src/casil/Compiled.ts"
import { ownRules } from "../../src/casil/OwnRules.ts"
import { scorer } from "../../src/casil/context/Score.ts"
import { decideText, findingsIn } from "../../src/casil/Decision.ts"
import { ruleSet } from "../../src/casil/engine/RuleSet.ts"
import type { Tier } from "../../src/casil/Finding.ts"
import { contextualWith } from "../../src/casil/rules/contextual.ts"
import { structural, structuralWords } from "../../src/casil/rules/structural.ts"
import { train } from "./casil/boost.ts"
import { costs } from "./casil/costs.ts"
import {
  credentials,
  type Credentials,
  injectionTexts,
  InvalidData,
  piiExamples,
  type TokenExample,
  tokenExamples
} from "./casil/data.ts"
import { categoryRates, joined, measure, type Measured, rates } from "./casil/measure.ts"
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
    ...exampleRows(tokenExamples(folder) ?? []),
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

const SECRETS: ReadonlySet<Tier> = new Set(["structural", "contextual"])

/** Which part of labelled token examples is found: of those of vendors, and of the vague rules apart. */
const measureTokens = (compiled: Compiled, examples: ReadonlyArray<TokenExample>) => {
  const isFound = (text: string, tiers: ReadonlySet<Tier>) =>
    findingsIn(compiled, text).some(({ tier }) => tiers.has(tier))
  const of = (generic: boolean, label: 0 | 1) => {
    const own = examples.filter((each) => (each.generic ?? false) === generic && each.label === label)
    return {
      structural: own.filter(({ text }) => isFound(text, new Set(["structural"]))).length,
      found: own.filter(({ text }) => isFound(text, SECRETS)).length,
      all: own.length
    }
  }
  const missed = examples
    .filter((each) => each.label === 1 && !each.generic && !isFound(each.text, SECRETS))
    .map(({ rule, text }) => `${rule} ${JSON.stringify(text).slice(0, 160)}`)
  return { vendors: of(false, 1), vague: of(true, 1), none: of(false, 0), missed }
}

/** How many texts have a hint: of published orders to a model, by kind, and of texts without any. */
const measureHints = (compiled: Compiled, { attacks, harmless }: NonNullable<ReturnType<typeof injectionTexts>>) => {
  const isHinted = (text: string) => decideText(compiled, text).verdict.flags.includes("injection_hint")
  const counts: Record<string, { hinted: number; all: number }> = {}
  const add = (kind: string, text: string) => {
    const tally = (counts[kind] ??= { hinted: 0, all: 0 })
    tally.all++
    if (isHinted(text)) tally.hinted++
  }
  for (const { document, kind } of attacks) {
    add("orders", document)
    if (kind.includes("_")) add(`orders: ${kind}`, document)
  }
  for (const text of harmless) add("harmless", text)
  return counts
}

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    json: { type: "boolean", default: false },
    show: { type: "boolean", default: false },
    "leave-one-out": { type: "boolean", default: false }
  }
})

const evaluate = (given: string) => {
  const folder = path.resolve(process.env["INIT_CWD"] ?? process.cwd(), given)
  if (!fs.existsSync(folder)) throw new InvalidData(`${folder} does not exist`)
  if (!fs.statSync(folder).isDirectory()) throw new InvalidData(`${folder} is no folder`)
  const skipped: Array<string> = []
  const orSkip = <A>(value: A | undefined, what: string): A | undefined => {
    if (value === undefined) skipped.push(what)
    return value
  }
  const compiled = compileWith(ownRules(), unlimited)
  const data = orSkip(credentials(folder), "secrets: there is no labels.json and no creddata*.tar.gz")
  if (data !== undefined && data.missing > 0) skipped.push(`${data.missing} labelled files, which are not there`)
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
  const tokens = orSkip(tokenExamples(folder), "token examples: there is no token-examples*.json")
  const persons = orSkip(piiExamples(folder), "personal data: there is no pii*.json")
  const orders = orSkip(injectionTexts(folder), "hints: there is no injection*.json")
  return {
    skipped,
    shipped,
    unseen,
    tokens: tokens === undefined ? undefined : measureTokens(compiled, tokens),
    pii: persons === undefined ? undefined : measurePii(compiled, persons),
    hints: orders === undefined ? undefined : measureHints(compiled, orders),
    cost: costs()
  }
}

type Evaluated = ReturnType<typeof evaluate>

const showJson = ({ cost, hints, pii, shipped, skipped, tokens, unseen }: Evaluated) => {
  const asJson = (all: ReadonlyMap<string, Measured>) =>
    Object.fromEntries(
      [...all].map(([name, measured]) => [
        name,
        {
          ...rates(measured.counts, measured.bytes),
          ...measured.counts,
          bytes: measured.bytes,
          categories: Object.fromEntries(
            [...measured.categories].map(([name, each]) => [name, { ...categoryRates(each), ...each }])
          ),
          rules: Object.fromEntries(measured.rules)
        }
      ])
    )
  const { missed: _, ...counted } = tokens ?? { missed: [] }
  const all = {
    tiers: asJson(shipped),
    leaveOneOut: asJson(unseen),
    ...(tokens === undefined ? {} : { tokens: counted }),
    ...(pii === undefined ? {} : { pii: pii.rates }),
    ...(hints === undefined ? {} : { hints }),
    cost,
    skipped
  }
  process.stdout.write(`${JSON.stringify(all, undefined, 2)}\n`)
}

const print = (title: string, rows: Readonly<Record<string, unknown>>) => {
  if (Object.keys(rows).length === 0) return
  process.stdout.write(`\n${title}\n`)
  console.table(rows)
}

const showTables = ({ cost, hints, pii, shipped, skipped, tokens, unseen }: Evaluated) => {
  print("By tier, line by line", Object.fromEntries([...shipped].map(([name, each]) => [name, table(each)])))
  print(
    "Each repository with a scorer that has not seen it",
    Object.fromEntries([...unseen].map(([name, each]) => [name, table(each)]))
  )
  for (const [name, { categories }] of shipped) {
    const rows = [...categories].toSorted(([, a], [, b]) => b.all - a.all)
    print(
      `By category: ${name}`,
      Object.fromEntries(
        rows.map(([name, each]) => {
          const { f1, precision, recall } = categoryRates(each)
          const { all, found, wrong } = each
          return [name, { precision: percent(precision), recall: percent(recall), F1: percent(f1), found, all, wrong }]
        })
      )
    )
  }
  if (tokens !== undefined) {
    print("Token examples", { vendors: tokens.vendors, "vague rules": tokens.vague, "no secrets": tokens.none })
  }
  print(
    "Personal data",
    Object.fromEntries(
      Object.entries(pii?.rates ?? {}).map(([kind, { F1, precision, recall, ...counts }]) => [
        kind,
        { precision: percent(precision), recall: percent(recall), F1: percent(F1), ...counts }
      ])
    )
  )
  print("Texts with a hint", hints ?? {})
  print("Cost, microseconds", cost)
  for (const what of skipped) process.stdout.write(`skipped ${what}\n`)
}

const showFailures = ({ pii, shipped, tokens, unseen }: Evaluated) => {
  for (const [name, { misses, mistakes, strangers }] of [...shipped, ...unseen]) {
    process.stdout.write(
      `\n# ${name}: missed\n${misses.join("\n")}\n\n# mistaken\n${mistakes.join("\n")}\n\n# unlabelled\n${strangers.join("\n")}\n`
    )
  }
  process.stdout.write(
    `\n# tokens missed\n${(tokens?.missed ?? []).join("\n")}\n\n# personal data missed\n${(pii?.missed ?? []).join("\n")}\n\n# mistaken\n${(pii?.mistaken ?? []).join("\n")}\n`
  )
}

try {
  if (values.data === undefined) throw new InvalidData("name the data: npm run eval:casil -- --data DIR [--json]")
  const evaluated = evaluate(values.data)
  if (values.json) showJson(evaluated)
  else {
    showTables(evaluated)
    if (values.show) showFailures(evaluated)
  }
} catch (cause) {
  if (!(cause instanceof InvalidData)) throw cause
  process.stderr.write(`eval:casil: ${cause.message}\n`)
  process.exitCode = 2
}
