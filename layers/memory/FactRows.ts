/** Rows of statements and of what is folded from them. What was written here is read back unchecked. */
import type { TurnId } from "../../src/domain/Ids.ts"
import { apply } from "../../src/memory/facts/Apply.ts"
import { type Derived, type Entity, type Fact, type FactStatus, meId } from "../../src/memory/facts/Fact.ts"
import type { EntityRow, FactIndex } from "../../src/memory/facts/FactIndex.ts"
import { fold } from "../../src/memory/facts/MapIndex.ts"
import type { FactOrigin, Kept, Statement } from "../../src/memory/facts/Statement.ts"
import type { Database, Row } from "../store/Store.ts"

const textOr = (row: Row, column: string): string | undefined =>
  row[column] === null ? undefined : String(row[column])
const intOr = (row: Row, column: string): number | undefined => (row[column] === null ? undefined : Number(row[column]))

export const kept = (row: Row): Kept => ({
  n: Number(row["n"]),
  turn: textOr(row, "turn") as TurnId | undefined,
  origin: String(row["origin"]) as FactOrigin,
  at: Number(row["at"]),
  day: Number(row["day"]),
  said: JSON.parse(String(row["stated"])) as Statement
})

const derived = (row: Row): Derived => ({
  n: Number(row["n"]),
  entity: Number(row["entity"]),
  object: intOr(row, "object"),
  attribute: String(row["attribute"]),
  value: String(row["value"]),
  key: String(row["key"]),
  slot: textOr(row, "slot"),
  status: String(row["status"]) as FactStatus,
  confidence: Number(row["confidence"]),
  from: intOr(row, "from_day"),
  until: intOr(row, "until_day"),
  by: intOr(row, "by_n"),
  at: Number(row["at"]),
  day: Number(row["day"])
})

const entityRow = (row: Row): EntityRow => ({
  id: Number(row["id"]),
  owner: intOr(row, "owner"),
  role: textOr(row, "role"),
  name: textOr(row, "name"),
  head: textOr(row, "head"),
  key: textOr(row, "key"),
  last: Number(row["last"])
})

const none = null

const putDerived = (db: Database, scope: number, row: Derived): void => {
  db.run(
    `UPDATE memory_facts SET entity = ?, object = ?, attribute = ?, value = ?, key = ?, slot = ?, status = ?,
       confidence = ?, from_day = ?, until_day = ?, by_n = ? WHERE scope = ? AND n = ?`,
    row.entity,
    row.object ?? none,
    row.attribute,
    row.value,
    row.key,
    row.slot ?? none,
    row.status,
    row.confidence,
    row.from ?? none,
    row.until ?? none,
    row.by ?? none,
    scope,
    row.n
  )
}

const putEntity = (db: Database, scope: number, row: EntityRow): void => {
  db.run(
    "INSERT OR REPLACE INTO memory_entities VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    scope,
    row.id,
    row.owner ?? none,
    row.role ?? none,
    row.head ?? none,
    row.name ?? none,
    row.key ?? none,
    row.last
  )
}

/** The index of one scope inside a transaction. */
const indexOf = (db: Database, scope: number): FactIndex => ({
  byRole: (owner, head, limit) =>
    db
      .all(
        `SELECT * FROM memory_entities INDEXED BY memory_entities_by_role
         WHERE scope = ? AND owner = ? AND head = ? ORDER BY id DESC LIMIT ?`,
        scope,
        owner,
        head,
        limit
      )
      .map(entityRow),
  byName: (key, limit) =>
    db
      .all(
        `SELECT * FROM memory_entities INDEXED BY memory_entities_by_name
         WHERE scope = ? AND key = ? ORDER BY id DESC LIMIT ?`,
        scope,
        key,
        limit
      )
      .map(entityRow),
  entity: (id) => {
    const row = db.get("SELECT * FROM memory_entities WHERE scope = ? AND id = ?", scope, id)
    return row === undefined ? undefined : entityRow(row)
  },
  addEntity: (row) => {
    const last = db.get("SELECT coalesce(max(id), 0) AS id FROM memory_entities WHERE scope = ?", scope)
    const added = { ...row, id: Number(last?.["id"]) + 1 }
    putEntity(db, scope, added)
    return added
  },
  putEntity: (row) => putEntity(db, scope, row),
  ofAttribute: (entity, attribute, keys) =>
    db
      .all(
        // named, for without statistics the planner takes a scope for a few rows, and reads all of it
        `SELECT * FROM memory_facts INDEXED BY memory_facts_of WHERE scope = ? AND entity = ? AND attribute = ?
           AND status IN ('holds', 'ended', 'denied')
           AND (slot IS NOT NULL OR object IS NOT NULL OR key IN (?, ?)) ORDER BY n`,
        scope,
        entity,
        attribute,
        keys[0] ?? "",
        keys[1] ?? keys[0] ?? ""
      )
      .map(derived),
  row: (n) => {
    const row = db.get("SELECT * FROM memory_facts WHERE scope = ? AND n = ?", scope, n)
    return row === undefined ? undefined : derived(row)
  },
  enders: (entity, attribute) =>
    db
      .all(
        `SELECT * FROM memory_facts INDEXED BY memory_facts_of WHERE scope = ? AND entity = ? AND attribute = ?
           AND status = 'applied' AND by_n IS NULL ORDER BY n`,
        scope,
        entity,
        attribute
      )
      .map(derived),
  put: (row) => putDerived(db, scope, row)
})

/** Adds a statement, and what follows from it. */
export const add = (db: Database, scope: number, statement: Kept): void => {
  const { at, day, n, origin, said, turn } = statement
  // `applied`: not looked at until it has been folded in
  db.run(
    `INSERT INTO memory_facts VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, '', NULL, 'applied', ?, NULL, NULL, NULL)`,
    scope,
    n,
    turn ?? none,
    origin,
    at,
    day,
    JSON.stringify(said),
    meId,
    said.attribute,
    said.value,
    said.confidence
  )
  apply(indexOf(db, scope), statement)
}

const isSame = <A extends object>(a: A, b: A | undefined): boolean =>
  b !== undefined && (Object.keys(a) as Array<keyof A>).every((key) => a[key] === b[key])

/** Folds all statements of a scope anew, and writes what became another. */
export const refold = (db: Database, scope: number): void => {
  const found = db.all("SELECT * FROM memory_facts WHERE scope = ? ORDER BY n", scope)
  const { entities, rows } = fold(found.map(kept))
  const known = new Map(
    db.all("SELECT * FROM memory_entities WHERE scope = ?", scope).map((row) => [Number(row["id"]), entityRow(row)])
  )
  for (const id of known.keys()) {
    if (!entities.has(id)) db.run("DELETE FROM memory_entities WHERE scope = ? AND id = ?", scope, id)
  }
  for (const row of entities.values()) if (!isSame(row, known.get(row.id))) putEntity(db, scope, row)
  const before = new Map(found.map((row) => [Number(row["n"]), derived(row)]))
  for (const row of rows.values()) if (!isSame(row, before.get(row.n))) putDerived(db, scope, row)
  db.run("UPDATE memory_scopes SET facts_stale = 0 WHERE id = ?", scope)
}

const me: Entity = { id: meId, owner: undefined, role: "me", name: undefined }

/** A being by its number; not the user. */
export const entityOf = (db: Database, scope: number, id: number): Entity | undefined => {
  const row = db.get("SELECT * FROM memory_entities WHERE scope = ? AND id = ?", scope, id)
  if (row === undefined) return undefined
  const { name, owner, role } = entityRow(row)
  return { id, owner, role, name }
}

/** Facts with the beings they speak of. */
export const facts = (db: Database, scope: number, rows: ReadonlyArray<Row>): ReadonlyArray<Fact> => {
  const known = new Map<number, Entity>([[meId, me]])
  const entity = (id: number | undefined): Entity | undefined => {
    if (id === undefined) return undefined
    const there = known.get(id)
    if (there !== undefined) return there
    const found = entityOf(db, scope, id)
    if (found !== undefined) known.set(id, found)
    return found
  }
  return rows.map((row) => {
    const fact = derived(row)
    const about = entity(fact.entity) ?? me
    return {
      ...fact,
      about,
      owner: entity(about.owner),
      objectEntity: entity(fact.object),
      origin: String(row["origin"]) as FactOrigin,
      turn: textOr(row, "turn") as TurnId | undefined
    }
  })
}
