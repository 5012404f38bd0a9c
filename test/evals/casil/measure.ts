/** How well findings meet labels, line by line. Pure. */
import type { Finding, Tier } from "../../../src/casil/Finding.ts"
import { type Credentials, type Label, Lines } from "./data.ts"

/** Categories of CredData that name things rather than open them: they count apart. */
const IDENTIFIERS = new Set(["UUID", "Firebase Domain", "AWS S3 Bucket", "IPv4", "IPv6", "Google Multi Domain"])

export const isSecretCategory = (category: string): boolean =>
  category.split(":").some((part) => !IDENTIFIERS.has(part))

export interface Counts {
  /** Labelled secrets that a finding touches, and all of them. */
  found: number
  secrets: number
  /** Findings that touch a labelled secret's line; that touch only lines labelled as none (F and X); and no label. */
  right: number
  wrong: number
  templates: number
  unlabelled: number
}

export interface Category {
  found: number
  all: number
  right: number
  wrong: number
}

export interface Measured {
  readonly counts: Counts
  /** Of a category: labelled secrets found and all, and findings on its lines that are right and wrong. */
  readonly categories: ReadonlyMap<string, Category>
  readonly rules: ReadonlyMap<string, { right: number; wrong: number; unlabelled: number }>
  readonly bytes: number
  /** Where it was wrong: for reading. */
  readonly misses: ReadonlyArray<string>
  readonly mistakes: ReadonlyArray<string>
  readonly strangers: ReadonlyArray<string>
}

const lineOf = (text: string, lines: Lines, line: number): string =>
  text.slice(lines.start(line), Math.min(lines.start(line + 1), lines.start(line) + 200)).trim()

const overlap = (labels: ReadonlyArray<Label>, first: number, last: number, kinds: string): boolean =>
  labels.some(({ gt, le, ls }) => kinds.includes(gt) && ls <= last && first <= le)

/** Counts what `find` says of the files of `repositories` (all, unless given), of the tiers asked for. */
export const measure = (
  { files, labels }: Credentials,
  find: (text: string) => ReadonlyArray<Finding>,
  tiers: ReadonlyArray<Tier>,
  repositories?: ReadonlySet<string>
): Measured => {
  const counts: Counts = { found: 0, secrets: 0, right: 0, wrong: 0, templates: 0, unlabelled: 0 }
  const categories = new Map<string, Category>()
  const category = (name: string): Category => {
    const known = categories.get(name) ?? { found: 0, all: 0, right: 0, wrong: 0 }
    categories.set(name, known)
    return known
  }
  /** Findings on lines that are labelled, by the categories of the labels. */
  const judged = (own: ReadonlyArray<Label>, first: number, last: number, kinds: string, is: "right" | "wrong") => {
    const touched = own.filter(({ gt, le, ls }) => kinds.includes(gt) && ls <= last && first <= le)
    for (const cat of new Set(touched.map(({ cat }) => cat))) category(cat)[is]++
  }
  const rules = new Map<string, { right: number; wrong: number; unlabelled: number }>()
  const misses: Array<string> = []
  const mistakes: Array<string> = []
  const strangers: Array<string> = []
  let bytes = 0
  for (const { name, repository, text } of files) {
    if (repositories !== undefined && !repositories.has(repository)) continue
    bytes += Buffer.byteLength(text)
    const lines = new Lines(text)
    const own = labels.get(name) ?? []
    const hit = new Set<number>()
    for (const { end, rule, start, tier } of find(text)) {
      if (!tiers.includes(tier)) continue
      const first = lines.of(start)
      const last = lines.of(end - 1)
      for (let line = first; line <= last; line++) hit.add(line)
      const tally = rules.get(rule) ?? { right: 0, wrong: 0, unlabelled: 0 }
      rules.set(rule, tally)
      const where = `${rule} ${name}:${first} ${lineOf(text, lines, first)}`
      if (overlap(own, first, last, "T")) {
        counts.right++
        tally.right++
        judged(own, first, last, "T", "right")
      } else if (overlap(own, first, last, "FX")) {
        if (overlap(own, first, last, "F")) counts.wrong++
        else counts.templates++
        tally.wrong++
        judged(own, first, last, "FX", "wrong")
        mistakes.push(where)
      } else {
        counts.unlabelled++
        tally.unlabelled++
        strangers.push(where)
      }
    }
    for (const { cat, gt, le, ls } of own) {
      if (gt !== "T") continue
      const found = Array.from({ length: le - ls + 1 }, (_, i) => ls + i).some((line) => hit.has(line))
      const tally = category(cat)
      tally.all++
      if (found) tally.found++
      if (!isSecretCategory(cat)) continue
      counts.secrets++
      if (found) counts.found++
      else misses.push(`${cat} ${name}:${ls} ${lineOf(text, lines, ls)}`)
    }
  }
  return { counts, categories, rules, bytes, misses, mistakes, strangers }
}

export interface Rates {
  readonly precision: number
  readonly recall: number
  readonly f1: number
  readonly unlabelledPer12MB: number
}

export const rates = ({ found, right, secrets, templates, unlabelled, wrong }: Counts, bytes: number): Rates => {
  const precision = right / Math.max(1, right + wrong + templates)
  const recall = found / Math.max(1, secrets)
  return {
    precision,
    recall,
    f1: (2 * precision * recall) / Math.max(1e-9, precision + recall),
    unlabelledPer12MB: (unlabelled * 12e6) / Math.max(1, bytes)
  }
}

/** Two measurements of different files as one. */
export const joined = (all: ReadonlyArray<Measured>): Measured => {
  const counts: Counts = { found: 0, secrets: 0, right: 0, wrong: 0, templates: 0, unlabelled: 0 }
  const categories = new Map<string, Category>()
  for (const each of all) {
    for (const key of Object.keys(counts) as ReadonlyArray<keyof Counts>) counts[key] += each.counts[key]
    for (const [name, more] of each.categories) {
      const tally = categories.get(name) ?? { found: 0, all: 0, right: 0, wrong: 0 }
      for (const key of Object.keys(tally) as ReadonlyArray<keyof Category>) tally[key] += more[key]
      categories.set(name, tally)
    }
  }
  return {
    counts,
    categories,
    rules: new Map(),
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    misses: all.flatMap(({ misses }) => misses),
    mistakes: all.flatMap(({ mistakes }) => mistakes),
    strangers: all.flatMap(({ strangers }) => strangers)
  }
}

/** Precision, recall and F1 of a category. Precision counts only what is labelled: 1 where nothing was found. */
export const categoryRates = ({ all, found, right, wrong }: Category) => {
  const precision = right + wrong === 0 ? 1 : right / (right + wrong)
  const recall = all === 0 ? 1 : found / all
  return { precision, recall, f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall) }
}
