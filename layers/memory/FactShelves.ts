/**
 * A store of facts over anything that keeps the statements of a scope: they are read whole, and what holds is folded from
 * them. For scopes of thousands of statements, not of millions.
 */
import * as Effect from "effect/Effect"
import { type Derived, type Entity, type Fact, meId } from "../../src/memory/facts/Fact.ts"
import type { EntityRow } from "../../src/memory/facts/FactIndex.ts"
import { counting, fold, type MapIndex } from "../../src/memory/facts/MapIndex.ts"
import { aroundHops, type Link, type Surroundings, walk } from "../../src/memory/facts/Walk.ts"
import { instruction, type Kept } from "../../src/memory/facts/Statement.ts"
import { type About, type Edge, FactStore, type Lesson, pinned, type WhichFacts } from "../../src/memory/FactStore.ts"
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
  shelf.statements.flatMap(({ n, origin, turn }) => {
    const row = shelf.index.rows.get(n)
    if (row === undefined) return []
    const about = entityOf(shelf, row.entity) ?? me
    const owner = entityOf(shelf, about.owner)
    const fact: Fact = { ...row, about, owner, objectEntity: entityOf(shelf, row.object), origin, turn }
    return test(fact) ? [fact] : []
  })

/** All links, by their ends. */
const linksOf = ({ index }: Shelf): ReadonlyMap<number, ReadonlyArray<Link>> => {
  const byEnd = new Map<number, Array<Link>>()
  const add = (link: Link) => {
    for (const end of new Set([link.a, link.b])) {
      const there = byEnd.get(end)
      if (there === undefined) byEnd.set(end, [link])
      else there.push(link)
    }
  }
  for (const { id, owner, role } of [...index.entities.values()].toReversed()) {
    if (owner !== undefined && owner !== meId) add({ a: owner, b: id, relation: role ?? "" })
  }
  for (const { attribute, entity, object, status } of [...index.rows.values()].toSorted((p, q) => q.n - p.n)) {
    if (object === undefined || entity === meId || status !== "holds" || attribute === "has") continue
    add({ a: entity, b: object, relation: attribute })
  }
  return byEnd
}

const surroundings = (shelf: Shelf): Surroundings => {
  const links = linksOf(shelf)
  return {
    named: (keys, limit) => {
      const wanted = new Set(keys)
      return [...shelf.index.entities.values()]
        .filter(({ head, key }) => [key, key?.split(" ")[0], head].some((one) => one !== undefined && wanted.has(one)))
        .map(({ id }) => id)
        .toSorted((a, b) => b - a)
        .slice(0, limit)
    },
    links: (id, limit) => {
      const own = links.get(id) ?? []
      const isRole = ({ a, b, relation }: Link): boolean =>
        shelf.index.entities.get(b)?.owner === a && (shelf.index.entities.get(b)?.role ?? "") === relation
      const kinds = [
        own.filter((link) => link.b === id && isRole(link)),
        own.filter((link) => link.a === id && isRole(link)),
        own.filter((link) => link.a === id && !isRole(link)),
        own.filter((link) => link.b === id && !isRole(link))
      ]
      return kinds.flatMap((kind) => kind.slice(0, limit))
    }
  }
}

const about = (shelf: Shelf, keys: ReadonlyArray<string>, limit: number): About => {
  const reached = walk(surroundings(shelf), keys, aroundHops)
  const wanted = new Set(keys)
  const there = facts(shelf, ({ status }) => counting.has(status))
  const touching = there.filter(
    ({ attribute, entity, key, object }) =>
      reached.hops.has(entity) ||
      (object !== undefined && reached.hops.has(object)) ||
      (wanted.has(key) && attribute !== instruction)
  )
  const own = there.filter(({ attribute, entity }) => entity === meId && attribute !== instruction)
  const newest = [...touching.toReversed().slice(0, limit), ...own.toReversed().slice(0, limit)]
  const kept = new Set([...new Set(newest)].slice(0, limit))
  return {
    facts: there.filter((fact) => kept.has(fact)),
    edges: reached.links.flatMap(({ a, b, hops, relation }): ReadonlyArray<Edge> => {
      const [from, to] = [entityOf(shelf, a), entityOf(shelf, b)]
      return from === undefined || to === undefined ? [] : [{ from, to, relation, hops }]
    }),
    instructions: facts(shelf, isRequest)
  }
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

const isRequest = ({ attribute, entity, status }: Derived): boolean =>
  entity === meId && attribute === instruction && status === "holds"

const chosen = (shelf: Shelf, which: WhichFacts): ((kept: Kept) => boolean) => {
  switch (which._tag) {
    case "all":
      return () => true
    case "facts": {
      const gone = connected(shelf, which.facts)
      return ({ n }) => gone.has(n)
    }
    case "statements":
      return ({ n }) => which.statements.includes(n)
    case "turns":
      return ({ turn }) => turn !== undefined && which.turns.includes(turn)
    case "before":
      return ({ at }) => at < which.at
    case "beyond": {
      const requests = [...shelf.index.rows.values()].filter(isRequest).map(({ n }) => n)
      const pins = new Set(requests.toSorted((a, b) => b - a).slice(0, pinned(which.keep)))
      const worth = (n: number): number => (pins.has(n) ? 2 : rank(shelf, n))
      const ranked = shelf.statements.toSorted((a, b) => worth(b.n) - worth(a.n) || b.n - a.n)
      const stay = new Set(ranked.slice(0, which.keep))
      return (kept) => !stay.has(kept)
    }
  }
}

const isKnown = ({ statements }: Shelf, { at, origin, statements: said, turn }: Lesson): boolean =>
  turn === undefined
    ? said.every((one) =>
        statements.some((kept) => kept.at === at && JSON.stringify(kept.said) === JSON.stringify(one))
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
    last: (scope) =>
      look(scope, ({ statements }) =>
        statements.findLast(({ origin, said }) => origin === "rules" && said.attribute !== instruction)
      ),
    about: (scope, keys, limit) => look(scope, (shelf) => about(shelf, keys, limit)),
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
    connected: (scope, numbers) => look(scope, (shelf) => [...connected(shelf, numbers)].toSorted((a, b) => a - b)),
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
