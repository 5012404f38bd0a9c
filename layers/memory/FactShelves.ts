/**
 * A store of facts over anything that keeps the statements of a scope: they are read whole, and what holds is folded from
 * them. For scopes of thousands of statements, not of millions.
 */
import * as Effect from "effect/Effect"
import { type Entity, type Fact, meId } from "../../src/memory/facts/Fact.ts"
import type { EntityRow } from "../../src/memory/facts/FactIndex.ts"
import { counting, fold, type MapIndex } from "../../src/memory/facts/MapIndex.ts"
import { instruction, type Kept } from "../../src/memory/facts/Statement.ts"
import { type Edge, FactStore, type Lesson, type WhichFacts } from "../../src/memory/FactStore.ts"
import type { MemoryError } from "../../src/memory/MemoryError.ts"
import type { MemoryScope } from "../../src/memory/MemoryScope.ts"

/** The statements of one scope, in order, and the highest number ever given. */
export interface Statements {
  readonly statements: ReadonlyArray<Kept>
  readonly last: number
}

/** Where they are kept. */
export interface Shelves {
  readonly read: (scope: MemoryScope) => Effect.Effect<Statements, MemoryError>
  /** Replaces what was there; nobody else writes between `read` and this within one `exclusive`. */
  readonly write: (scope: MemoryScope, before: Statements, after: Statements) => Effect.Effect<void, MemoryError>
  readonly exclusive: <A>(effect: Effect.Effect<A, MemoryError>) => Effect.Effect<A, MemoryError>
  readonly scopes: Effect.Effect<ReadonlyArray<MemoryScope>, MemoryError>
}

interface Shelf {
  statements: ReadonlyArray<Kept>
  index: MapIndex
  last: number
}

const me: Entity = { id: meId, owner: undefined, role: "me", name: undefined }
const plain = ({ id, name, owner, role }: EntityRow): Entity => ({ id, owner, role, name })

const entityOf = ({ index }: Shelf, id: number | undefined): Entity | undefined => {
  if (id === undefined || id === meId) return id === undefined ? undefined : me
  const row = index.entities.get(id)
  return row === undefined ? undefined : plain(row)
}

/** Facts in order, those that `test` takes. */
const facts = (shelf: Shelf, test: (fact: Fact) => boolean): ReadonlyArray<Fact> =>
  shelf.statements.flatMap(({ at, n, origin, turn }) => {
    const row = shelf.index.rows.get(n)
    if (row === undefined) return []
    const about = entityOf(shelf, row.entity) ?? me
    const owner = entityOf(shelf, about.owner)
    const fact: Fact = { ...row, about, owner, objectEntity: entityOf(shelf, row.object), at, origin, turn }
    return test(fact) ? [fact] : []
  })

interface Link {
  readonly a: number
  readonly b: number
  readonly relation: string
}

const linksOf = ({ index }: Shelf): ReadonlyArray<Link> => {
  const roles = [...index.entities.values()].flatMap(({ id, owner, role }) =>
    owner === undefined || owner === meId ? [] : [{ a: owner, b: id, relation: role ?? "" }]
  )
  const others = [...index.rows.values()].flatMap(({ attribute, entity, object, status }) =>
    object === undefined || entity === meId || status !== "holds" || attribute === "has"
      ? []
      : [{ a: entity, b: object, relation: attribute }]
  )
  const all = new Map([...roles, ...others].map((link) => [`${link.a} ${link.b} ${link.relation}`, link]))
  return [...all.values()]
}

/** Beings within so many edges of those with one of the keys, with how many. */
const near = (shelf: Shelf, keys: ReadonlyArray<string>, most: number): ReadonlyMap<number, number> => {
  const wanted = new Set(keys)
  const found = new Map<number, number>()
  for (const { head, id, key } of shelf.index.entities.values()) {
    const first = key?.split(" ")[0]
    if ([key, first, head].some((one) => one !== undefined && wanted.has(one))) found.set(id, 0)
  }
  const links = linksOf(shelf)
  for (let hops = 0; hops < most; hops++) {
    const reached = new Set([...found].flatMap(([id, at]) => (at === hops ? [id] : [])))
    for (const { a, b } of links) {
      if (reached.has(a) && !found.has(b)) found.set(b, hops + 1)
      if (reached.has(b) && !found.has(a)) found.set(a, hops + 1)
    }
  }
  return found
}

const edges = (shelf: Shelf, keys: ReadonlyArray<string>, hops: number): ReadonlyArray<Edge> => {
  const reached = near(shelf, keys, hops)
  return linksOf(shelf)
    .flatMap(({ a, b, relation }): ReadonlyArray<Edge> => {
      const [x, y] = [reached.get(a), reached.get(b)]
      const [from, to] = [entityOf(shelf, a), entityOf(shelf, b)]
      if (x === undefined || y === undefined || from === undefined || to === undefined) return []
      return Math.min(x, y) < hops ? [{ from, to, relation, hops: Math.min(x, y) + 1 }] : []
    })
    .toSorted(
      (p, q) => p.hops - q.hops || p.from.id - q.from.id || p.to.id - q.to.id || (p.relation < q.relation ? -1 : 1)
    )
}

const connected = ({ index }: Shelf, numbers: ReadonlyArray<number>): ReadonlySet<number> => {
  const gone = new Set<number>()
  for (const n of numbers) {
    const row = index.rows.get(n)
    if (row === undefined) continue
    for (const other of index.rows.values()) {
      const onMatter =
        other.entity === row.entity &&
        other.attribute === row.attribute &&
        other.slot === row.slot &&
        (row.slot !== undefined || other.key === row.key)
      const had = row.attribute === "has" && row.object !== undefined
      if (other.n === n || onMatter || (had && (other.entity === row.object || other.object === row.object)))
        gone.add(other.n)
    }
  }
  return gone
}

const rank = ({ index }: Shelf, n: number): number => {
  const status = index.rows.get(n)?.status
  return status === "holds" || status === "denied" ? 1 : 0
}

const chosen = (shelf: Shelf, which: WhichFacts): ((kept: Kept) => boolean) => {
  switch (which._tag) {
    case "all":
      return () => true
    case "facts": {
      const gone = connected(shelf, which.facts)
      return ({ n }) => gone.has(n)
    }
    case "turns":
      return ({ turn }) => turn !== undefined && which.turns.includes(turn)
    case "before":
      return ({ at }) => at < which.at
    case "beyond": {
      const ranked = shelf.statements.toSorted((a, b) => rank(shelf, b.n) - rank(shelf, a.n) || b.n - a.n)
      const stay = new Set(ranked.slice(0, which.keep))
      return (kept) => !stay.has(kept)
    }
  }
}

const isKnown = ({ statements }: Shelf, { at, origin, statements: said, turn }: Lesson): boolean =>
  turn === undefined
    ? said.every((one) =>
        statements.some(
          (kept) => kept.turn === undefined && kept.at === at && JSON.stringify(kept.said) === JSON.stringify(one)
        )
      )
    : statements.some((kept) => kept.turn === turn && kept.origin === origin)

export const factStoreOver = (shelves: Shelves): FactStore["Service"] => {
  const shelfOf = ({ last, statements }: Statements): Shelf => ({ statements, index: fold(statements), last })
  const look = <A>(scope: MemoryScope, query: (shelf: Shelf) => A): Effect.Effect<A, MemoryError> =>
    Effect.map(shelves.read(scope), (kept) => query(shelfOf(kept)))
  const change = <A>(scope: MemoryScope, command: (shelf: Shelf) => A): Effect.Effect<A, MemoryError> =>
    shelves.exclusive(
      Effect.gen(function* () {
        const before = yield* shelves.read(scope)
        const shelf = shelfOf(before)
        const answer = command(shelf)
        if (shelf.statements !== before.statements) yield* shelves.write(scope, before, shelf)
        return answer
      })
    )
  return FactStore.of({
    learn: (scope, lesson) =>
      change(scope, (shelf) => {
        const { at, day, origin, statements, turn } = lesson
        if (statements.length === 0 || isKnown(shelf, lesson)) return 0
        const added = statements.map((said): Kept => ({ n: ++shelf.last, turn, origin, at, day, said }))
        shelf.statements = [...shelf.statements, ...added]
        shelf.index = fold(shelf.statements)
        return added.length
      }),
    last: (scope) => look(scope, ({ statements }) => statements.findLast(({ said }) => said.attribute !== instruction)),
    instructions: (scope) =>
      look(scope, (shelf) => facts(shelf, ({ attribute, status }) => attribute === instruction && status === "holds")),
    relevant: (scope, keys, limit) =>
      look(scope, (shelf) => {
        const found = near(shelf, keys, 2)
        const wanted = new Set(keys)
        const there = facts(shelf, ({ status }) => counting.has(status))
        const touching = there.filter(
          ({ attribute, entity, key, object }) =>
            found.has(entity) ||
            (object !== undefined && found.has(object)) ||
            (wanted.has(key) && attribute !== instruction)
        )
        const own = there.filter(({ attribute, entity }) => entity === meId && attribute !== instruction)
        const newest = [...touching.toReversed().slice(0, limit), ...own.toReversed().slice(0, limit)]
        const kept = new Set([...new Set(newest)].slice(0, limit))
        return there.filter((fact) => kept.has(fact))
      }),
    neighbours: (scope, keys, hops) => look(scope, (shelf) => edges(shelf, keys, hops)),
    page: (scope, after, limit) =>
      look(scope, (shelf) =>
        facts(shelf, ({ n, status }) => n > after && status !== "repeats" && status !== "applied").slice(0, limit)
      ),
    statements: (scope, after, limit) =>
      look(scope, ({ statements }) => statements.filter(({ n }) => n > after).slice(0, limit)),
    sources: (scope, numbers) =>
      look(scope, (shelf) => {
        const gone = connected(shelf, numbers)
        return [
          ...new Set(shelf.statements.flatMap(({ n, turn }) => (turn !== undefined && gone.has(n) ? [turn] : [])))
        ].toSorted()
      }),
    forget: (scope, which) =>
      change(scope, (shelf) => {
        const test = chosen(shelf, which)
        const before = shelf.statements.length
        shelf.statements = shelf.statements.filter((kept) => !test(kept))
        shelf.index = fold(shelf.statements)
        return before - shelf.statements.length
      }),
    counts: (scope) =>
      look(scope, ({ index, statements }) => {
        const holding = [...index.rows.values()].filter(({ status }) => status === "holds")
        return {
          statements: statements.length,
          facts: holding.length,
          entities: index.entities.size,
          instructions: holding.filter(({ attribute }) => attribute === instruction).length
        }
      }),
    scopes: shelves.scopes
  })
}
