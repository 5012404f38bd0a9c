/** What is looked up of facts: by key, by neighbour, by matter. */
import type { Entity, Fact } from "../../src/memory/facts/Fact.ts"
import type { Edge } from "../../src/memory/FactStore.ts"
import type { Database } from "../store/Store.ts"
import { facts } from "./FactRows.ts"

/** Beings with one of the keys as name, first name or role; and who is within two edges, not by way of the user. */
const near = `WITH RECURSIVE
  seeds (id) AS (
    SELECT id FROM memory_entities WHERE scope = ?1 AND key IN (SELECT value FROM json_each(?2))
    UNION SELECT id FROM memory_entities WHERE scope = ?1
      AND substr(key, 1, instr(key || ' ', ' ') - 1) IN (SELECT value FROM json_each(?2))
    UNION SELECT id FROM memory_entities WHERE scope = ?1 AND head IN (SELECT value FROM json_each(?2))
  ),
  edges (a, b, relation) AS (
    SELECT owner, id, coalesce(role, '') FROM memory_entities WHERE scope = ?1 AND owner > 0
    UNION SELECT entity, object, attribute FROM memory_facts
      WHERE scope = ?1 AND object IS NOT NULL AND entity > 0 AND status = 'holds' AND attribute <> 'has'
  ),
  near (id, hops) AS (
    SELECT id, 0 FROM seeds
    UNION
    SELECT CASE WHEN edges.a = near.id THEN edges.b ELSE edges.a END, hops + 1
    FROM near JOIN edges ON edges.a = near.id OR edges.b = near.id WHERE hops < ?3
  )`

const counting = "status IN ('holds', 'ended', 'denied')"

/** Most messages name nobody: then there is nothing to walk from. */
const isMentioned = (db: Database, scope: number, keys: string): boolean =>
  db.get(
    `SELECT 1 FROM memory_entities WHERE scope = ?1 AND (key IN (SELECT value FROM json_each(?2))
       OR head IN (SELECT value FROM json_each(?2))
       OR substr(key, 1, instr(key || ' ', ' ') - 1) IN (SELECT value FROM json_each(?2))) LIMIT 1`,
    scope,
    keys
  ) !== undefined

export const relevant = (
  db: Database,
  scope: number,
  keys: ReadonlyArray<string>,
  limit: number
): ReadonlyArray<Fact> => {
  const wanted = JSON.stringify(keys)
  const found = !isMentioned(db, scope, wanted)
    ? db.all(
        `SELECT n FROM memory_facts WHERE scope = ? AND key IN (SELECT value FROM json_each(?)) AND ${counting}
         AND attribute <> 'instruction' ORDER BY n DESC LIMIT ?`,
        scope,
        wanted,
        limit
      )
    : db.all(
        `${near}
     SELECT n FROM memory_facts WHERE scope = ?1 AND entity IN (SELECT id FROM near) AND ${counting}
     UNION SELECT n FROM memory_facts WHERE scope = ?1 AND object IN (SELECT id FROM near) AND ${counting}
     UNION SELECT n FROM memory_facts WHERE scope = ?1 AND key IN (SELECT value FROM json_each(?2)) AND ${counting}
       AND attribute <> 'instruction'
     ORDER BY n DESC LIMIT ?4`,
        scope,
        wanted,
        2,
        limit
      )
  const own = db.all(
    `SELECT n FROM memory_facts WHERE scope = ? AND entity = 0 AND ${counting} AND attribute <> 'instruction'
     ORDER BY n DESC LIMIT ?`,
    scope,
    limit
  )
  const chosen = [...new Set([...found, ...own].map(({ n }) => Number(n)))].slice(0, limit)
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

export const neighbours = (
  db: Database,
  scope: number,
  keys: ReadonlyArray<string>,
  hops: number
): ReadonlyArray<Edge> => {
  const entity = (row: Readonly<Record<string, unknown>>, prefix: string): Entity => ({
    id: Number(row[`${prefix}id`]),
    owner: row[`${prefix}owner`] === null ? undefined : Number(row[`${prefix}owner`]),
    role: row[`${prefix}role`] === null ? undefined : String(row[`${prefix}role`]),
    name: row[`${prefix}name`] === null ? undefined : String(row[`${prefix}name`])
  })
  return db
    .all(
      `${near},
       reached (id, hops) AS (SELECT id, min(hops) FROM near GROUP BY id)
       SELECT min(x.hops, y.hops) + 1 AS hops, edges.relation,
         a.id AS a_id, a.owner AS a_owner, a.role AS a_role, a.name AS a_name,
         b.id AS b_id, b.owner AS b_owner, b.role AS b_role, b.name AS b_name
       FROM edges JOIN reached x ON x.id = edges.a JOIN reached y ON y.id = edges.b
         JOIN memory_entities a ON a.scope = ?1 AND a.id = edges.a
         JOIN memory_entities b ON b.scope = ?1 AND b.id = edges.b
       WHERE min(x.hops, y.hops) < ?3 ORDER BY hops, edges.a, edges.b, edges.relation`,
      scope,
      JSON.stringify(keys),
      hops
    )
    .map((row) => ({
      from: entity(row, "a_"),
      to: entity(row, "b_"),
      relation: String(row["relation"]),
      hops: Number(row["hops"])
    }))
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
