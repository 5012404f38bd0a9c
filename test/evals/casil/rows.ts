/** What the scorer learns from: candidates, and whether each is a secret. */
import * as fs from "node:fs"
import * as path from "node:path"
import { compileWith } from "../../../src/casil/Compiled.ts"
import { findingsIn } from "../../../src/casil/Decision.ts"
import { ruleSet } from "../../../src/casil/engine/RuleSet.ts"
import { defaultPolicy } from "../../../src/casil/Policy.ts"
import { structural, structuralWords } from "../../../src/casil/rules/structural.ts"
import type { Row } from "./boost.ts"
import { candidatesIn } from "./candidates.ts"
import { type Credentials, Lines, type TokenExample } from "./data.ts"
import { syntheticLines } from "./synthetic.ts"

export const unlimited = {
  ...defaultPolicy,
  limits: { ...defaultPolicy.limits, maxInspectBytes: 1 << 28, maxPayloadBytes: 1 << 28 }
}

/** The structural tier alone: what it finds, the scorer need not. */
const formats = compileWith(ruleSet(structural, structuralWords), unlimited)

/** How much each kind of row counts beside a labelled line. */
const WEIGHTS = { labelled: 1, unlabelled: 0.3, example: 0.5, secretLine: 0.06, plainLine: 0.05, source: 0.2 }

/** Candidates of labelled files, by repository. */
export const labelledRows = ({ files, labels }: Credentials): ReadonlyMap<string, ReadonlyArray<Row>> => {
  const rows = new Map<string, Array<Row>>()
  for (const { name, repository, text } of files) {
    const lines = new Lines(text)
    const own = labels.get(name) ?? []
    const secrets = own
      .filter(({ gt, vs }) => gt === "T" && vs >= 0)
      .map(
        ({ le, ls, ve, vs }) =>
          [lines.start(ls) + vs, ve >= 0 ? lines.start(le) + ve : lines.start(ls) + vs + 8] as const
      )
    const at = (line: number, isSecret: boolean) =>
      own.some(({ gt, le, ls }) => (gt === "T") === isSecret && ls <= line && line <= le)
    const known = findingsIn(formats, text)
    const all = rows.get(repository) ?? []
    rows.set(repository, all)
    for (const { end, features, start } of candidatesIn(text)) {
      if (known.some((finding) => finding.start < end && start < finding.end)) continue
      const secret = secrets.some(([from, to]) => start < to && from < end)
      const line = lines.of(start)
      if (!secret && at(line, true)) continue
      const weight = secret || at(line, false) ? WEIGHTS.labelled : WEIGHTS.unlabelled
      all.push({ features, secret, weight })
    }
  }
  return rows
}

/** Candidates of texts that rules of other scanners were made for: of one with a secret, the longest. */
export const exampleRows = (examples: ReadonlyArray<TokenExample>): ReadonlyArray<Row> =>
  examples.flatMap(({ label, text }): ReadonlyArray<Row> => {
    if (findingsIn(formats, text).length > 0) return []
    const seen = candidatesIn(text)
    if (label === 0) return seen.map(({ features }) => ({ features, secret: false, weight: WEIGHTS.example }))
    const [longest] = seen.toSorted((a, b) => b.end - b.start - (a.end - a.start))
    return longest === undefined || longest.end - longest.start < 8
      ? []
      : [{ features: longest.features, secret: true, weight: WEIGHTS.example }]
  })

/** Candidates of made-up lines. */
export const syntheticRows = (count: number): ReadonlyArray<Row> =>
  syntheticLines(count).flatMap(({ secret, text }) =>
    candidatesIn(text).flatMap(({ end, features, start }): ReadonlyArray<Row> => {
      if (secret === "") return [{ features, secret: false, weight: WEIGHTS.plainLine }]
      const value = text.slice(start, end)
      return value === secret || value.startsWith(secret.slice(0, 5))
        ? [{ features, secret: true, weight: WEIGHTS.secretLine }]
        : []
    })
  )

const SOURCES = ["effect", "undici", "jose", "fastify", "redis", "vite", "ws", "typescript/lib", "@bufbuild/protobuf"]
const LARGEST = 200_000
const MOST_FILES = 700

const filesIn = (folder: string): ReadonlyArray<string> =>
  fs.existsSync(folder)
    ? fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const name = path.join(folder, entry.name)
        if (entry.isDirectory()) return entry.name === "node_modules" ? [] : filesIn(name)
        return /\.(ts|js|md)$/.test(entry.name) ? [name] : []
      })
    : []

/** Candidates of sources that hold no secret: installed packages. */
export const sourceRows = (modules: string): ReadonlyArray<Row> => {
  const files = SOURCES.flatMap((name) => filesIn(path.join(modules, name))).toSorted()
  const every = Math.max(1, Math.floor(files.length / MOST_FILES))
  return files
    .filter((file, i) => i % every === 0 && fs.statSync(file).size < LARGEST)
    .flatMap((file) =>
      candidatesIn(fs.readFileSync(file, "utf8")).map(({ features }) => ({
        features,
        secret: false,
        weight: WEIGHTS.source
      }))
    )
}

export const SYNTHETIC = 8000
