/**
 * From the beings that a message names to those they have to do with, edge by edge. However many sisters somebody says
 * they have, so many are looked at and no more: the newest first. Pure; the store looks up.
 */
import { meId } from "./Fact.ts"

/** Two beings, and what the second is to the first, or what the first is said to do with it. */
export interface Link {
  readonly a: number
  readonly b: number
  readonly relation: string
}

/** Lookups of one scope, each at most `limit`, the newest being first. */
export interface Surroundings {
  /** Beings with one of the keys as name, first name or head of their role. */
  readonly named: (keys: ReadonlyArray<string>, limit: number) => ReadonlyArray<number>
  /** Links of a being: whose it is, whose it has, and facts that hold and have another being as value, but "has". */
  readonly links: (id: number, limit: number) => ReadonlyArray<Link>
}

/** Beings that a message may mean, links of one of them, and beings in all. */
export const mostNamed = 32
export const mostLinks = 32
export const mostReached = 128

/** Edges from whom a message names to whom it may mean: "my sister's dog" is two away. */
export const aroundHops = 2

export interface Reached {
  /** By a being's number: how many edges away it is. */
  readonly hops: ReadonlyMap<number, number>
  /** Both ends are reached; `hops` is that of the edge, 1 or more. Nearest first. */
  readonly links: ReadonlyArray<Link & { readonly hops: number }>
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export const walk = ({ links, named }: Surroundings, keys: ReadonlyArray<string>, most: number): Reached => {
  const hops = new Map<number, number>()
  const found = new Map<string, Link & { readonly hops: number }>()
  let frontier = named(keys, mostNamed)
  for (const id of frontier) hops.set(id, 0)
  for (let away = 1; away <= most && frontier.length > 0; away++) {
    const next: Array<number> = []
    for (const id of frontier) {
      for (const link of links(id, mostLinks)) {
        const other = link.a === id ? link.b : link.a
        // everybody is the user's: nothing leads over the user
        if (other === meId) continue
        if (!hops.has(other)) {
          if (hops.size >= mostReached) continue
          hops.set(other, away)
          next.push(other)
        }
        const key = `${link.a} ${link.b} ${link.relation}`
        if (!found.has(key)) found.set(key, { ...link, hops: away })
      }
    }
    frontier = next
  }
  return {
    hops,
    links: [...found.values()].sort(
      (p, q) => p.hops - q.hops || p.a - q.a || p.b - q.b || compare(p.relation, q.relation)
    )
  }
}
