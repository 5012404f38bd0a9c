/**
 * Whom a message means without naming them: "my sister's dog" is Rex where facts say so, and what was said of Rex was
 * said by that name. Pure.
 */
import type { Edge } from "../FactStore.ts"
import type { Entity, Fact } from "./Fact.ts"
import { keyOf, wordsOf } from "./FactKey.ts"

/** A name to look for beside the message's own words, which weigh 1. */
export interface RelatedName {
  readonly name: string
  readonly weight: number
}

/** The end of an edge both of whose ends are meant; whom the message means; who is next to them. */
const byEdge = 0.8
const byRole = 0.7
const nextTo = 0.3

const mostNames = 6

/** `keys` are the `lookups` of the message, `facts` and `edges` what the store has for them. The surest first. */
export const relatedNames = (
  keys: ReadonlyArray<string>,
  facts: ReadonlyArray<Fact>,
  edges: ReadonlyArray<Edge>
): ReadonlyArray<RelatedName> => {
  const wanted = new Set(keys)
  const isMeant = ({ name, role }: Entity): boolean => {
    if (role === "me") return false
    const words = role === undefined ? [] : wordsOf(role)
    if (words.length > 0 && (wanted.has(words.join(" ")) || wanted.has(words.at(-1) ?? ""))) return true
    return name !== undefined && (wanted.has(keyOf(name)) || wanted.has(wordsOf(name)[0] ?? ""))
  }
  const found = new Map<string, RelatedName>()
  const take = ({ name, role }: Entity, weight: number): void => {
    // who is named already is looked for already
    if (name === undefined || role === "me" || wordsOf(name).every((word) => wanted.has(word))) return
    const known = found.get(name)
    if (known === undefined || known.weight < weight) found.set(name, { name, weight })
  }
  const near = edges.filter(({ from, to }) => isMeant(from) || isMeant(to))
  const both = near.filter(({ from, to }) => isMeant(from) && isMeant(to))
  for (const { to } of both) take(to, byEdge)
  if (both.length === 0) {
    for (const { about } of facts) if (isMeant(about)) take(about, byRole)
    for (const { from, to } of near) {
      take(from, isMeant(from) ? byRole : nextTo)
      take(to, isMeant(to) ? byRole : nextTo)
    }
  }
  return [...found.values()].toSorted((a, b) => b.weight - a.weight).slice(0, mostNames)
}
