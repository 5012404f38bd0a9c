/** Fields of a value: what the name of a field says about its text, or the text of the field beside it. */
import { type Budget, COST } from "../engine/Budget.ts"
import { nameOf, type Visited } from "../Walker.ts"
import { certainOrLikely, costOf } from "../rules/contextual.ts"
import type { Assignment } from "./Assignment.ts"
import type { NameFacts } from "./Name.ts"

const SHORTEST = 4
const LONGEST = 512

/** Fields that hold the name of something, and fields that hold what it is. */
const NAMES = new Set(["name", "key", "id", "label", "field", "header", "variable", "property", "option"])
const VALUES = new Set(["value", "val", "content", "data", "default", "secret", "text"])

/** What a field's text is, by the field's name and what is known of that. */
export const fieldMatch = (
  name: string,
  named: { readonly facts: NameFacts | undefined },
  text: string,
  budget: Budget
): { readonly rule: string; readonly confidence: number } | undefined => {
  if (text.length < SHORTEST || text.length > LONGEST) return undefined
  const { facts } = named
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

/** Whether a field of this name holds what another one is the name of. */
export const holdsValue = (name: string): boolean => VALUES.has(name.toLowerCase())

/** The name that a field before one that holds a value says it has: `{ "name": "API_KEY", "value": "..." }`. */
export const pairedName = (before: Visited, { path }: Visited): string | undefined =>
  before.text.length <= 64 && NAMES.has(nameOf(before).toLowerCase()) && parentOf(before.path) === parentOf(path)
    ? before.text
    : undefined
