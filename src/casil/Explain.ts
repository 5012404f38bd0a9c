/**
 * Why inspection says what it says: of a rule, what it looks for; of a text, the chain from keyword to verdict. Nothing
 * here holds what was found.
 */
import type { Assignment } from "./context/Assignment.ts"
import { candidateAt } from "./context/Candidate.ts"
import { featuresOf } from "./context/Features.ts"
import { naming } from "./context/Name.ts"
import { confidence, type Reason, shipped } from "./context/Score.ts"
import type { Compiled } from "./Compiled.ts"
import { NAMED_FIELD, PATTERN } from "./OwnRules.ts"
import { Budget } from "./engine/Budget.ts"
import { BEHIND, Cursor } from "./engine/Cursor.ts"
import type { Match, Via } from "./engine/Match.ts"
import { Scanner } from "./engine/Scanner.ts"
import type { Tier } from "./Finding.ts"
import { placesOf } from "./Inspection.ts"
import type { Action, CustomRule } from "./Policy.ts"
import { CERTAIN, LIKELY } from "./rules/contextual.ts"
import { explainPersonal } from "./rules/pii.ts"

/** What a rule is. */
export interface RuleExplanation {
  readonly id: string
  readonly tier: Tier
  readonly action: Action
  /** The setting that says so. */
  readonly decidedBy: string
  readonly source: string
  /** One of these must be there before anything else is looked at; none where every word is looked at. */
  readonly keywords: ReadonlyArray<string>
  readonly looks: string | undefined
  readonly check: string | undefined
  /** Made up: nobody's secrets. */
  readonly examples: ReadonlyArray<string>
  readonly counterExamples: ReadonlyArray<string>
}

/** A value beside a name, and what speaks for and against it. Weights in thousandths of log-odds. */
export interface Scored {
  readonly name: string
  readonly joined: string
  readonly points: number
  /** From so many points on it is likely, and from so many, if nothing else is in it, certain. */
  readonly likely: number
  readonly certain: number
  /** In hundredths. */
  readonly confidence: number
  readonly parts: ReadonlyArray<Reason>
}

/** Something that was found, or (without a rule) a value that was looked at and is none. Positions count code units. */
export interface TextExplanation {
  readonly start: number
  readonly end: number
  readonly rule: RuleExplanation | undefined
  readonly confidence: number
  readonly keyword: string | undefined
  /** What it was read out of, the outermost first. */
  readonly via: ReadonlyArray<Via>
  readonly scored: Scored | undefined
}

const decidedBy = ({ policy }: Compiled, rule: string, tier: Tier): string => {
  if (policy.mode === "monitor") return 'casil.mode = "monitor"'
  switch (tier) {
    case "structural":
      return `casil.on_secret = "${policy.onSecret}"`
    case "contextual":
      return `casil.on_probable = "${policy.onProbable}"`
    case "hint":
      return "a hint, which only raises the risk"
    case "pii":
      return policy.personalIgnore.includes(rule)
        ? "casil.personal.ignore"
        : `casil.on_personal = "${policy.onPersonal}"`
    case "custom":
      return rule === PATTERN || rule === NAMED_FIELD ? "casil.redaction" : "the rule's own action"
  }
}

const ownRule = (compiled: Compiled, { id, ignores, keywords, matches, pattern }: CustomRule): RuleExplanation => ({
  id,
  tier: "custom",
  action: compiled.actionOf(id),
  decidedBy: decidedBy(compiled, id, "custom"),
  source: "casil.rules",
  keywords: keywords ?? [],
  looks: pattern,
  check: undefined,
  examples: matches,
  counterExamples: ignores
})

/** A rule by its id, or by a name under which it says what it found. */
export const explainRule = (compiled: Compiled, id: string): RuleExplanation | undefined => {
  const tier = compiled.set.tiers.get(id)
  if (tier === undefined) return undefined
  const custom = compiled.policy.rules.find((rule) => rule.id === id)
  if (custom !== undefined) return ownRule(compiled, custom)
  const common = { id, tier, action: compiled.actionOf(id), decidedBy: decidedBy(compiled, id, tier) }
  const rule = compiled.set.rules.find((one) => one.id === id || one.labels?.[id] !== undefined)
  if (rule !== undefined) {
    const { anchors, check, looks, source } = rule
    const examples = [rule.example(1).text, rule.example(2).text]
    return { ...common, source, keywords: anchors, looks, check, examples, counterExamples: rule.counterExamples() }
  }
  const personal = explainPersonal(id)
  if (personal !== undefined) return { ...common, ...personal }
  const source = compiled.set.words.find((one) => one.id === id)?.source ?? "casil.redaction.patterns"
  return {
    ...common,
    source,
    keywords: [],
    looks: id === PATTERN ? compiled.policy.redactionPatterns.join(" , ") : undefined,
    check: undefined,
    examples: [],
    counterExamples: []
  }
}

/** Of every rule. */
export const explainRules = (compiled: Compiled): ReadonlyArray<RuleExplanation> =>
  [...compiled.set.tiers.keys()].flatMap((id) => explainRule(compiled, id) ?? [])

interface Candidate {
  readonly assignment: Assignment
  readonly scored: Scored
}

/** Every value beside a name that names secrets, in the order of the text. */
const candidatesIn = (text: string): ReadonlyArray<Candidate> => {
  const small = text.toLowerCase()
  // where a letter's small form is longer, nothing stands where it did
  if (small.length !== text.length) return []
  const cursor = new Cursor()
  cursor.renew(text)
  const found = new Map<number, Candidate>()
  for (const anchor of naming()) {
    for (let from = small.indexOf(anchor); from >= 0; from = small.indexOf(anchor, from + 1)) {
      cursor.look(from, from + anchor.length, anchor.length, -1, true)
      const candidate = candidateAt(cursor)
      if (candidate === undefined) continue
      const { assignment, facts } = candidate
      const features = featuresOf(text, assignment, facts)
      const points = shipped.score(features)
      found.set(assignment.start, {
        assignment,
        scored: {
          name: text.slice(assignment.nameStart, assignment.nameEnd),
          joined: assignment.join,
          points,
          likely: LIKELY,
          certain: CERTAIN,
          confidence: confidence(points),
          parts: shipped.reasons(features)
        }
      })
    }
  }
  return [...found.values()].toSorted((a, b) => a.assignment.start - b.assignment.start)
}

/** The keyword next to which a rule found something; unknown where it stands in another writing. */
const keywordOf = (text: string, anchors: ReadonlyArray<string>, { end, start, via }: Match): string | undefined => {
  if (via !== undefined) return undefined
  const from = Math.max(0, start - BEHIND)
  const around = text.slice(from, end).toLowerCase()
  const nearest = anchors
    .map((anchor) => ({ anchor, at: around.lastIndexOf(anchor.toLowerCase()) }))
    .filter(({ at }) => at >= 0)
    .toSorted(
      (a, b) => Math.abs(a.at + from - start) - Math.abs(b.at + from - start) || b.anchor.length - a.anchor.length
    )
  return nearest[0]?.anchor
}

/**
 * Why a text is judged as it is: what was found, and which values beside names were looked at and let be. Of a text as
 * long as a block at most, which may cost what it costs.
 */
export const explainText = (compiled: Compiled, text: string): ReadonlyArray<TextExplanation> => {
  const scanner = new Scanner(compiled.set, new Budget(Number.POSITIVE_INFINITY))
  scanner.push(text)
  scanner.end()
  const { view } = scanner
  const candidates = candidatesIn(view.text)
  const matches = placesOf(compiled, scanner.matches).flatMap((place) => place.matches)
  const found = matches.map((match): TextExplanation => {
    const rule = explainRule(compiled, match.rule)
    const beside = candidates.find(({ assignment }) => assignment.start === match.start)
    return {
      start: view.raw(match.start),
      end: view.rawAfter(match.end),
      rule,
      confidence: match.confidence,
      keyword: keywordOf(view.text, rule?.keywords ?? [], match),
      via: match.via ?? [],
      scored: rule?.source === "names near values" ? beside?.scored : undefined
    }
  })
  const spared = candidates
    .filter(({ assignment }) => !matches.some(({ end, start }) => start < assignment.end && assignment.start < end))
    .map(({ assignment, scored }): TextExplanation => ({
      start: view.raw(assignment.start),
      end: view.rawAfter(assignment.end),
      rule: undefined,
      confidence: scored.confidence,
      keyword: undefined,
      via: [],
      scored
    }))
  return [...found, ...spared].toSorted((a, b) => a.start - b.start || b.end - a.end)
}
