/**
 * The contextual tier: a value is a secret because of the name beside it and of what it looks like. The likeliest, in
 * which nothing but a machine's random characters stands beside a plain name, are as good as a known format.
 */
import { alnum, BASE62, has, nothing } from "../CharClass.ts"
import { candidateAt } from "../context/Candidate.ts"
import type { Assignment } from "../context/Assignment.ts"
import { featuresOf, MOST } from "../context/Features.ts"
import { KINDS, naming, type NameFacts } from "../context/Name.ts"
import { confidence, type Scorer, shipped } from "../context/Score.ts"
import { COST } from "../engine/Budget.ts"
import type { Cursor } from "../engine/Cursor.ts"
import { type Rule, whole } from "../Rule.ts"
import { sample } from "../Sample.ts"

/** Id of the rule for values that are as certain as a known format. */
export const ASSIGNED = "assigned-secret"
const PROBABLE = "probable"

/** Log-odds in thousandths from which on a value counts. */
export const LIKELY = 0
export const CERTAIN = 3500
const SHORTEST_CERTAIN = 16
const PLAIN_JOINS = new Set(["equals", "colon", "arrow", "tag"])
const PLAIN_KINDS = new Set(["password", "secret", "token", "key"])

/** Letters and digits mixed throughout, of a length that nobody remembers. */
const isMachineMade = (value: string): boolean => {
  let letters = 0
  let digits = 0
  let other = 0
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code >= 48 && code <= 57) digits++
    else if (has(alnum, code)) letters++
    else if (!"+/=-_".includes(value.charAt(i))) other++
  }
  return value.length >= SHORTEST_CERTAIN && letters > 2 && digits > 2 && other === 0
}

const isCertain = (points: number, value: string, { join }: Assignment, { kind }: NameFacts): boolean =>
  points >= CERTAIN && PLAIN_JOINS.has(join) && PLAIN_KINDS.has(kind) && isMachineMade(value)

/** What a candidate is, if it is likely. */
export const certainOrLikely = (
  text: string,
  assignment: Assignment,
  facts: NameFacts,
  { score }: Scorer = shipped
): { readonly rule: string; readonly confidence: number } | undefined => {
  const points = score(featuresOf(text, assignment, facts))
  if (points < LIKELY) return undefined
  const value = text.slice(assignment.start, assignment.end)
  const rule = isCertain(points, value, assignment, facts) ? ASSIGNED : `${PROBABLE}-${facts.kind}`
  return { rule, confidence: confidence(points) }
}

/** What it costs to weigh a value of so many characters: of a long one, the beginning. */
export const costOf = (length: number): number => COST.scored + COST.weighed * Math.min(length, MOST)

const findWith =
  (scorer: Scorer) =>
  (cursor: Cursor): void => {
    cursor.cost = COST.name
    const candidate = candidateAt(cursor)
    if (candidate === undefined) return
    const { assignment, facts } = candidate
    const { end, escaped, others, quote, start } = assignment
    const { text } = cursor
    // what follows a value says something about it, behind its quotation mark too
    if (cursor.unknown(quote === "" ? end : end + 1 + (escaped ? 1 : 0))) {
      return cursor.more(text.length, nothing, start)
    }
    cursor.cost = COST.name + costOf(end - start)
    for (const [from, to] of others) cursor.cost += costOf(to - from)
    const found = certainOrLikely(text, assignment, facts, scorer)
    if (found === undefined) return
    cursor.label = found.rule
    cursor.found(start, end, found.confidence)
    for (const [from, to] of others) {
      const other = certainOrLikely(text, { ...assignment, start: from, end: to }, facts, scorer)
      if (other !== undefined) cursor.others.push([from, to, other.confidence])
    }
  }

/** The rule with a scorer of one's choice: for measuring one. */
export const contextualWith = (scorer: Scorer): Rule => ({
  id: PROBABLE,
  tier: "contextual",
  source: "names near values",
  get anchors() {
    return naming()
  },
  anyCase: true,
  lead: whole,
  atStart: false,
  find: findWith(scorer),
  labels: {
    [ASSIGNED]: "structural",
    ...Object.fromEntries(KINDS.map((kind) => [`${PROBABLE}-${kind}`, "contextual" as const]))
  },
  example: (seed) => {
    const secret = `${sample(BASE62, 11, seed)}7q`
    return { text: `db_password = "${secret}"`, secret }
  },
  counterExamples: () => [
    'password = "password"',
    "password = getpass()",
    'const token = await fetchToken("refresh")',
    "api_key = os.environ['API_KEY']",
    'secret: "${VAULT_SECRET}"',
    '"token_type": "bearer"',
    "the password is wrong",
    "public_key = ssh-ed25519"
  ]
})

export const contextual: Rule = contextualWith(shipped)
