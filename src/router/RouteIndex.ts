/**
 * The index behind `Router.resolve`. Bindings are grouped by the set of fields they name, at most 31 sets; a look-up
 * asks one hash map per set that occurs, so its cost does not grow with the number of bindings.
 */
import type { AgentId } from "../domain/Ids.ts"
import { type Address, type Binding, type Field, fields } from "./Binding.ts"

interface Entry {
  readonly agent: AgentId
  /** What all bindings of just these fields and values leave; undefined where none of them says. */
  readonly tools: Tools
  /** Position in the file: the last tie-breaker. */
  readonly order: number
}

interface FieldSet {
  readonly names: ReadonlyArray<Field>
  readonly entries: Map<string, Entry>
}

/** Names of tools that may be called; undefined for every one. */
export type Tools = ReadonlyArray<string> | undefined

/** What both leave. */
export const within = (outer: Tools, inner: Tools): Tools =>
  outer === undefined ? inner : inner === undefined ? outer : inner.filter((tool) => outer.includes(tool))

/** Field sets of equal rank: same most specific field, same number of fields. File order decides among them. */
type Tier = ReadonlyArray<FieldSet>

export interface RouteIndex {
  /** From the highest rank to the lowest. */
  readonly tiers: ReadonlyArray<Tier>
  readonly fallback: AgentId
}

// Lengths make the concatenation injective: no value can imitate a boundary.
const keyOf = (
  names: ReadonlyArray<Field>,
  values: { readonly [F in Field]?: string | undefined }
): string | undefined => {
  let key = ""
  for (const name of names) {
    const value = values[name]
    if (value === undefined) return undefined
    key += `${value.length}:${value}`
  }
  return key
}

const specificity = (names: ReadonlyArray<Field>): number => fields.indexOf(names[0] ?? "channel")

/** Builds the index once, at start or reload. Bindings without any field are ignored: they would match nothing named. */
export const make = (bindings: ReadonlyArray<Binding>, fallback: AgentId): RouteIndex => {
  const sets = new Map<string, FieldSet>()
  bindings.forEach((binding, order) => {
    const names = fields.filter((field) => binding.match[field] !== undefined)
    const key = keyOf(names, binding.match)
    if (names.length === 0 || key === undefined) return
    const set: FieldSet = sets.get(names.join()) ?? { names, entries: new Map() }
    sets.set(names.join(), set)
    // the first of two equal bindings names the agent, as file order says; what either of them takes away is away
    const first = set.entries.get(key)
    set.entries.set(key, {
      agent: first?.agent ?? binding.agent,
      order: first?.order ?? order,
      tools: within(first?.tools, binding.tools)
    })
  })
  const tiers = new Map<number, Array<FieldSet>>()
  for (const set of sets.values()) {
    const rank = specificity(set.names) * fields.length + (fields.length - set.names.length)
    tiers.set(rank, [...(tiers.get(rank) ?? []), set])
  }
  return { tiers: [...tiers].sort(([a], [b]) => a - b).map(([, tier]) => tier), fallback }
}

const entryOf = (set: FieldSet, address: Address): Entry | undefined => {
  const key = keyOf(set.names, address)
  return key === undefined ? undefined : set.entries.get(key)
}

/** The agent for a message. Pure, and independent of the number of bindings. */
export const resolve = (index: RouteIndex, address: Address): AgentId => {
  for (const tier of index.tiers) {
    let best: Entry | undefined
    for (const set of tier) {
      const entry = entryOf(set, address)
      if (entry !== undefined && (best === undefined || entry.order < best.order)) best = entry
    }
    if (best !== undefined) return best.agent
  }
  return index.fallback
}

/**
 * What every binding that matches leaves, whichever of them names the agent: a more specific one never gives back what
 * a wider one has taken. Costs as much as `resolve`.
 */
export const toolsAt = (index: RouteIndex, address: Address): Tools =>
  index.tiers.flat().reduce<Tools>((left, set) => within(left, entryOf(set, address)?.tools), undefined)
