/** Fields of a value: what the name of a field says about its text, or the text of the field beside it. */
import { type Budget, COST } from "../engine/Budget.ts"
import { looksOf } from "../engine/Looks.ts"
import { fieldName } from "../Names.ts"
import { certainOrLikely, costOf } from "../rules/contextual.ts"
import type { Assignment } from "./Assignment.ts"
import { factsOf } from "./Name.ts"

const SHORTEST = 4
const LONGEST = 512

/** Fields that hold the name of something, and fields that hold what it is. */
const NAMES = new Set(["name", "key", "id", "label", "field", "header", "variable", "property", "option"])
const VALUES = new Set(["value", "val", "content", "data", "default", "secret", "text"])

/** What a field's text is, by the field's name. */
export const fieldMatch = (
  name: string,
  text: string,
  budget: Budget
): { readonly rule: string; readonly confidence: number } | undefined => {
  if (text.length < SHORTEST || text.length > LONGEST) return undefined
  const facts = factsOf(looksOf(name))
  if (facts === undefined || facts.open || text.includes("\n")) return undefined
  budget.spend(COST.name + costOf(text.length))
  const start = name.length + 4
  const line = `"${name}":"${text}"`
  const assignment: Assignment = {
    nameStart: 1,
    nameEnd: 1 + name.length,
    start,
    end: start + text.length,
    join: "colon",
    quote: '"',
    wrapped: 0,
    escaped: false,
    others: []
  }
  return certainOrLikely(line, assignment, facts)
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")))

/** The name that a field beside says the text of the one called `name` has: `{ "name": "API_KEY", "value": "..." }`. */
export const pairedName = (
  before: { readonly path: string; readonly text: string },
  name: string,
  path: string
): string | undefined =>
  before.text.length <= 64 &&
  VALUES.has(name.toLowerCase()) &&
  NAMES.has(fieldName(before.path).toLowerCase()) &&
  parentOf(before.path) === parentOf(path)
    ? before.text
    : undefined
