/** What is looked up of facts: by key, by neighbour, by matter. */
import type { Entity, Fact } from "../../src/memory/facts/Fact.ts"
import { aroundHops, type Reached, type Surroundings, walk } from "../../src/memory/facts/Walk.ts"
import type { About, Edge } from "../../src/memory/FactStore.ts"
import type { Database, Row } from "../store/Store.ts"
import { entityOf, facts } from "./FactRows.ts"

const numbers = (rows: ReadonlyArray<Row>, column: string): ReadonlyArray<number> =>
  rows.map((row) => Number(row[column]))

/**
 * Each by an index of its own, which is named: without statistics the planner takes a scope for a few rows, and reads all
 * of it. A plus before a column of the order keeps it from walking the scope in that order.
 */
const namedBy = [
  "INDEXED BY memory_entities_by_name WHERE scope = ? AND key IN (SELECT value FROM json_each(?))",
  `INDEXED BY memory_entities_by_first
     WHERE scope = ? AND substr(key, 1, instr(key || ' ', ' ') - 1) IN (SELECT value FROM json_each(?))`,
  "INDEXED BY memory_entities_by_head WHERE scope = ? AND head IN (SELECT value FROM json_each(?))"
]

/** By which index facts of, to, or with something are found. */
const factsBy = {
  entity: "memory_facts INDEXED BY memory_facts_of",
  object: "memory_facts INDEXED BY memory_facts_to",
  key: "memory_facts INDEXED BY memory_facts_by_value"
} as const

const surroundings = (db: Database, scope: number): Surroundings => ({
  named: (keys, limit) => {
    const wanted = JSON.stringify(keys)
    const found = namedBy.flatMap((condition) =>
      numbers(
        db.all(`SELECT id FROM memory_entities ${condition} ORDER BY +id DESC LIMIT ?`, scope, wanted, limit),
        "id"
      )
    )
    return [...new Set(found)].toSorted((a, b) => b - a).slice(0, limit)
  },
  links: (id, limit) => {
    const owner = db.get("SELECT owner, role FROM memory_entities WHERE scope = ? AND id = ? AND owner > 0", scope, id)
    const owned = db.all(
      `SELECT id, role FROM memory_entities INDEXED BY memory_entities_by_role
       WHERE scope = ? AND owner = ? ORDER BY +id DESC LIMIT ?`,
      scope,
      id,
      limit
    )
    const said = (end: "entity" | "object") =>
      db.all(
        `SELECT DISTINCT entity, object, attribute FROM ${factsBy[end]} WHERE scope = ? AND ${end} = ?
           AND object IS NOT NULL AND +entity > 0 AND status = 'holds' AND +attribute <> 'has'
         ORDER BY +n DESC LIMIT ?`,
        scope,
        id,
        limit
      )
    return [
      ...(owner === undefined ? [] : [{ a: Number(owner["owner"]), b: id, relation: String(owner["role"] ?? "") }]),
      ...owned.map((row) => ({ a: id, b: Number(row["id"]), relation: String(row["role"] ?? "") })),
      ...[...said("entity"), ...said("object")].map((row) => ({
        a: Number(row["entity"]),
        b: Number(row["object"]),
        relation: String(row["attribute"])
      }))
    ]
  }
})

const counting = "status IN ('holds', 'ended', 'denied')"

const relevant = (
  db: Database,
  scope: number,
  keys: ReadonlyArray<string>,
  { hops }: Reached,
  limit: number
): ReadonlyArray<Fact> => {
  const near = JSON.stringify([...hops.keys()])
  const of = (column: "entity" | "object" | "key", wanted: string) =>
    numbers(
      db.all(
        `SELECT n FROM ${factsBy[column]} WHERE scope = ? AND ${column} IN (SELECT value FROM json_each(?))
           AND ${column} IS NOT NULL AND ${counting} ${column === "key" ? "AND +attribute <> 'instruction'" : ""}
         ORDER BY +n DESC LIMIT ?`,
        scope,
        wanted,
        limit
      ),
      "n"
    )
  const found = [...of("entity", near), ...of("object", near), ...of("key", JSON.stringify(keys))].toSorted(
    (a, b) => b - a
  )
  // from the newest back, and not all of them sorted
  const own = numbers(
    db.all(
      `SELECT n FROM memory_facts WHERE scope = ? AND +entity = 0 AND ${counting} AND attribute <> 'instruction'
       ORDER BY n DESC LIMIT ?`,
      scope,
      limit
    ),
    "n"
  )
  const chosen = [...new Set([...new Set(found)].slice(0, limit).concat(own))].slice(0, limit)
  return facts(
    db,
    scope,
    db.all(
      "SELECT * FROM memory_facts WHERE scope = ? AND n IN (SELECT value FROM json_each(?)) ORDER BY n",
      scope,
      JSON.stringify(chosen)
    )
  )
}

const edgesOf = (db: Database, scope: number, { links }: Reached): ReadonlyArray<Edge> => {
  const entities = new Map<number, Entity | undefined>()
  const entity = (id: number): Entity | undefined => {
    if (!entities.has(id)) entities.set(id, entityOf(db, scope, id))
    return entities.get(id)
  }
  return links.flatMap(({ a, b, hops, relation }) => {
    const [from, to] = [entity(a), entity(b)]
    return from === undefined || to === undefined ? [] : [{ from, to, relation, hops }]
  })
}

const instructions = (db: Database, scope: number): ReadonlyArray<Fact> =>
  facts(
    db,
    scope,
    db.all(
      `SELECT * FROM memory_facts WHERE scope = ? AND entity = 0 AND attribute = 'instruction'
         AND status = 'holds' ORDER BY n`,
      scope
    )
  )

export const about = (db: Database, scope: number, keys: ReadonlyArray<string>, limit: number): About => {
  const reached = walk(surroundings(db, scope), keys, aroundHops)
  return {
    facts: relevant(db, scope, keys, reached, limit),
    edges: edgesOf(db, scope, reached),
    instructions: instructions(db, scope)
  }
}

/** All statements on the same matter as these, and all of what these say that somebody has. */
const connected = `WITH RECURSIVE
  chosen AS (SELECT * FROM memory_facts WHERE scope = ?1 AND n IN (SELECT value FROM json_each(?2))),
  gone (n) AS (
    SELECT n FROM chosen
    UNION SELECT f.n FROM chosen c JOIN memory_facts f
      ON f.scope = ?1 AND f.entity = c.entity AND f.attribute = c.attribute AND f.slot IS c.slot
      AND (c.slot IS NOT NULL OR f.key = c.key)
    UNION SELECT f.n FROM chosen c JOIN memory_facts f
      ON f.scope = ?1 AND (f.entity = c.object OR f.object = c.object) WHERE c.attribute = 'has' AND c.object IS NOT NULL
  )`

export const connectedWith = (db: Database, scope: number, chosen: ReadonlyArray<number>): ReadonlyArray<number> =>
  db.all(`${connected} SELECT n FROM gone ORDER BY n`, scope, JSON.stringify(chosen)).map(({ n }) => Number(n))
