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

/** A denial that was taken back has who took it back in `by`. */
const onlyEnds = ({ by, status }: Derived): boolean => status === "applied" && by === undefined

/** Numbers by key, each list in rising order. What left a key stays in its list, and is looked at again by who reads. */
class Buckets {
  readonly #lists = new Map<string, Array<number>>()

  add(key: string, id: number): void {
    const list = this.#lists.get(key)
    if (list === undefined) {
      this.#lists.set(key, [id])
      return
    }
    // most are added in order
    let at = list.length
    while (at > 0 && (list[at - 1] as number) > id) at -= 1
    if (list[at - 1] !== id) list.splice(at, 0, id)
  }

  /** From the highest down, those that `test` takes. */
  newest<A>(key: string, limit: number, take: (id: number) => A | undefined): ReadonlyArray<A> {
    const list = this.#lists.get(key) ?? []
    const found: Array<A> = []
    for (let at = list.length - 1; at >= 0 && found.length < limit; at--) {
      const one = take(list[at] as number)
      if (one !== undefined) found.push(one)
    }
    return found
  }
}

export const makeMapIndex = (): MapIndex => {
  const entities = new Map<number, EntityRow>()
  const rows = new Map<number, Derived>()
  /** By being and attribute, those with a slot or another being as value; the others by their value too. */
  const telling = new Map<string, Array<number>>()
  const plain = new Map<string, Array<number>>()
  /** By being and attribute. */
  const ending = new Map<string, Array<number>>()
  const placeOf = (entity: number, attribute: string): string => `${entity} ${attribute}`
  // with the length, for both may have blanks
  const valueOf = (entity: number, attribute: string, key: string): string =>
    `${entity} ${attribute.length} ${attribute} ${key}`
  const byRole = new Buckets()
  const byName = new Buckets()
  const putEntity = (row: EntityRow): void => {
    entities.set(row.id, row)
    if (row.owner !== undefined && row.head !== undefined) byRole.add(placeOf(row.owner, row.head), row.id)
    if (row.key !== undefined) byName.add(row.key, row.id)
  }
  const where =
    (test: (row: EntityRow) => boolean) =>
    (id: number): EntityRow | undefined => {
      const row = entities.get(id)
      return row !== undefined && test(row) ? row : undefined
    }
  return {
    entities,
    rows,
    byRole: (owner, head, limit) =>
      byRole.newest(
        placeOf(owner, head),
        limit,
        where((row) => row.owner === owner && row.head === head)
      ),
    byName: (key, limit) =>
      byName.newest(
        key,
        limit,
        where((row) => row.key === key)
      ),
    entity: (id) => entities.get(id),
    addEntity: (row) => {
      const added = { ...row, id: entities.size + 1 }
      putEntity(added)
      return added
    },
    putEntity,
    ofAttribute: (entity, attribute, keys) => {
      const place = placeOf(entity, attribute)
      const found = new Set(telling.get(place))
      for (const key of keys) for (const n of plain.get(valueOf(entity, attribute, key)) ?? []) found.add(n)
      return [...found]
        .sort((a, b) => a - b)
        .flatMap((n) => {
          const row = rows.get(n)
          return row !== undefined && counting.has(row.status) ? [row] : []
        })
    },
    row: (n) => rows.get(n),
    enders: (entity, attribute) =>
      (ending.get(placeOf(entity, attribute)) ?? []).flatMap((n) => {
        const row = rows.get(n)
        return row !== undefined && onlyEnds(row) ? [row] : []
      }),
    put: (row) => {
      if (!rows.has(row.n)) {
        const place = placeOf(row.entity, row.attribute)
        if (onlyEnds(row)) ending.set(place, [...(ending.get(place) ?? []), row.n])
        const [lists, key] =
          row.slot !== undefined || row.object !== undefined
            ? [telling, place]
            : [plain, valueOf(row.entity, row.attribute, row.key)]
        const there = lists.get(key)
        if (there === undefined) lists.set(key, [row.n])
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
