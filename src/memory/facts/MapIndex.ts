/** The index of facts as maps: what folding statements in the process itself works on. */
import { apply } from "./Apply.ts"
import type { Derived, FactStatus } from "./Fact.ts"
import type { EntityRow, FactIndex } from "./FactIndex.ts"
import type { Kept } from "./Statement.ts"

export interface MapIndex extends FactIndex {
  readonly entities: ReadonlyMap<number, EntityRow>
  readonly rows: ReadonlyMap<number, Derived>
}

/** Statements of this status are looked at by later ones. */
export const counting: ReadonlySet<FactStatus> = new Set(["holds", "ended", "denied"])

export const makeMapIndex = (): MapIndex => {
  const entities = new Map<number, EntityRow>()
  const rows = new Map<number, Derived>()
  const byAttribute = new Map<string, Array<number>>()
  const placeOf = (entity: number, attribute: string): string => `${entity} ${attribute}`
  return {
    entities,
    rows,
    byRole: (owner, head) => [...entities.values()].filter((row) => row.owner === owner && row.head === head),
    byName: (key) => [...entities.values()].filter((row) => row.key === key),
    entity: (id) => entities.get(id),
    addEntity: (row) => {
      const added = { ...row, id: entities.size + 1 }
      entities.set(added.id, added)
      return added
    },
    putEntity: (row) => void entities.set(row.id, row),
    ofAttribute: (entity, attribute, keys) =>
      (byAttribute.get(placeOf(entity, attribute)) ?? []).flatMap((n) => {
        const row = rows.get(n)
        if (row === undefined || !counting.has(row.status)) return []
        return row.slot !== undefined || row.object !== undefined || keys.includes(row.key) ? [row] : []
      }),
    put: (row) => {
      if (!rows.has(row.n)) {
        const place = placeOf(row.entity, row.attribute)
        const there = byAttribute.get(place)
        if (there === undefined) byAttribute.set(place, [row.n])
        else there.push(row.n)
      }
      rows.set(row.n, row)
    }
  }
}

/** Everything that follows from these statements, in order. */
export const fold = (statements: Iterable<Kept>): MapIndex => {
  const index = makeMapIndex()
  for (const kept of statements) apply(index, kept)
  return index
}
