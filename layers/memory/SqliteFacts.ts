/** The store of facts on the embedded database. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { TurnId } from "../../src/domain/Ids.ts"
import { keyOf } from "../../src/memory/facts/FactKey.ts"
import {
  type About,
  type FactCounts,
  FactStore,
  type Lesson,
  pinned,
  type WhichFacts
} from "../../src/memory/FactStore.ts"
import { MemoryError, MemoryUnavailable } from "../../src/memory/MemoryError.ts"
import type { MemoryScope } from "../../src/memory/MemoryScope.ts"
import { type Database, Store } from "../store/Store.ts"
import * as queries from "./FactQueries.ts"
import * as rows from "./FactRows.ts"
import { openScope, scopeOfRow } from "./TurnRows.ts"

const unavailable = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, MemoryError> =>
  Effect.mapError(effect, (cause) => new MemoryError({ reason: new MemoryUnavailable({ cause }) }))

interface Known {
  readonly id: number
  readonly last: number
  readonly stale: boolean
}

const known = (db: Database, scope: MemoryScope): Known | undefined => {
  const row = db.get(
    "SELECT id, facts_last, facts_stale FROM memory_scopes WHERE tenant = ? AND agent = ? AND principal = ?",
    scope.tenant,
    scope.agent,
    scope.principal
  )
  return row === undefined
    ? undefined
    : { id: Number(row["id"]), last: Number(row["facts_last"]), stale: row["facts_stale"] === 1 }
}

/** The turn, where it is of this principal: nobody learns from another's message by naming it. */
const isOwn = (db: Database, scope: MemoryScope, turn: TurnId): boolean =>
  db.get("SELECT 1 FROM turns WHERE id = ? AND tenant = ? AND principal = ?", turn, scope.tenant, scope.principal) !==
  undefined

const isKnown = (db: Database, scope: number, { at, origin, statements, turn }: Lesson): boolean => {
  if (turn !== undefined) {
    return (
      db.get(
        "SELECT 1 FROM memory_facts INDEXED BY memory_facts_by_turn WHERE scope = ? AND turn = ? AND origin = ?",
        scope,
        turn,
        origin
      ) !== undefined
    )
  }
  // an import that is read twice, or that is of this very memory
  return statements.every(
    (said) =>
      db.get(
        `SELECT 1 FROM memory_facts INDEXED BY memory_facts_by_value
         WHERE scope = ? AND key = ? AND at = ? AND stated = ?`,
        scope,
        keyOf(said.value),
        at,
        JSON.stringify(said)
      ) !== undefined
  )
}

const learn = (db: Database, scope: MemoryScope, lesson: Lesson): number => {
  const { at, day, origin, statements, turn } = lesson
  if (statements.length === 0) return 0
  const { id } = openScope(db, scope)
  const state = known(db, scope)
  if (state?.stale === true) rows.refold(db, id)
  if (turn !== undefined && !isOwn(db, scope, turn)) return 0
  if (isKnown(db, id, lesson)) return 0
  let n = state?.last ?? 0
  for (const said of statements) rows.add(db, id, { n: ++n, turn, origin, at, day, said })
  db.run("UPDATE memory_scopes SET facts_last = ? WHERE id = ?", n, id)
  return statements.length
}

const chosen = (
  db: Database,
  scope: number,
  which: WhichFacts
): { readonly sql: string; readonly param: string | number | null } => {
  switch (which._tag) {
    case "all":
      return { sql: "?2 IS NULL", param: null }
    case "facts":
      return {
        sql: "n IN (SELECT value FROM json_each(?2))",
        param: JSON.stringify(queries.connectedWith(db, scope, which.facts))
      }
    case "statements":
      return { sql: "n IN (SELECT value FROM json_each(?2))", param: JSON.stringify(which.statements) }
    case "turns":
      return { sql: "turn IN (SELECT value FROM json_each(?2))", param: JSON.stringify(which.turns) }
    case "before":
      return { sql: "at < ?2", param: which.at }
    case "beyond":
      return {
        sql: `n NOT IN (SELECT n FROM memory_facts WHERE scope = ?1
                ORDER BY n IN (SELECT n FROM memory_facts WHERE scope = ?1 AND entity = 0 AND attribute = 'instruction'
                    AND status = 'holds' ORDER BY n DESC LIMIT ${pinned(which.keep)}) DESC,
                  status IN ('holds', 'denied') DESC, n DESC LIMIT ?2)`,
        param: which.keep
      }
  }
}

const forget = (db: Database, scope: MemoryScope, which: WhichFacts): number => {
  const state = known(db, scope)
  if (state === undefined) return 0
  if (state.stale) rows.refold(db, state.id)
  const { param, sql } = chosen(db, state.id, which)
  const gone = db.run(`DELETE FROM memory_facts WHERE scope = ?1 AND ${sql}`, state.id, param)
  if (gone > 0) rows.refold(db, state.id)
  return gone
}

const nothingAbout: About = { facts: [], edges: [], instructions: [] }
const nothing: FactCounts = { statements: 0, facts: 0, entities: 0, instructions: 0 }

const make = Effect.map(Store, (store) => {
  const write = <A>(command: (db: Database) => A) => unavailable(store.write(command, "normal"))
  /** Reads of a scope whose rows are folded; `none` where it has nothing. */
  const within = <A>(scope: MemoryScope, none: A, query: (db: Database, id: number) => A) =>
    Effect.flatMap(
      unavailable(
        store.read((db) => {
          const state = known(db, scope)
          if (state === undefined) return { value: none }
          return state.stale ? undefined : { value: query(db, state.id) }
        })
      ),
      (read) =>
        read === undefined
          ? // what was deleted with its message leaves the rest to be folded anew, once
            write((db) => {
              const state = known(db, scope)
              if (state === undefined) return none
              if (state.stale) rows.refold(db, state.id)
              return query(db, state.id)
            })
          : Effect.succeed(read.value)
    )
  return FactStore.of({
    // most messages state nothing: those need no transaction
    learn: (scope, lesson) =>
      lesson.statements.length === 0 ? Effect.succeed(0) : write((db) => learn(db, scope, lesson)),
    last: (scope) =>
      within(scope, undefined, (db, id) => {
        const row = db.get(
          `SELECT * FROM memory_facts WHERE scope = ? AND origin = 'rules' AND attribute <> 'instruction'
             ORDER BY n DESC LIMIT 1`,
          id
        )
        return row === undefined ? undefined : rows.kept(row)
      }),
    about: (scope, keys, limit) => within(scope, nothingAbout, (db, id) => queries.about(db, id, keys, limit)),
    page: (scope, after, limit) =>
      within(scope, [], (db, id) =>
        rows.facts(
          db,
          id,
          db.all(
            `SELECT * FROM memory_facts WHERE scope = ? AND n > ? AND status NOT IN ('repeats', 'applied')
             ORDER BY n LIMIT ?`,
            id,
            after,
            limit
          )
        )
      ),
    statements: (scope, after, limit) =>
      within(scope, [], (db, id) =>
        db
          .all("SELECT * FROM memory_facts WHERE scope = ? AND n > ? ORDER BY n LIMIT ?", id, after, limit)
          .map(rows.kept)
      ),
    sources: (scope, facts) =>
      within(scope, [], (db, id) =>
        db
          .all(
            `SELECT DISTINCT turn FROM memory_facts
             WHERE scope = ? AND turn IS NOT NULL AND n IN (SELECT value FROM json_each(?)) ORDER BY turn`,
            id,
            JSON.stringify(queries.connectedWith(db, id, facts))
          )
          .map(({ turn }) => String(turn) as TurnId)
      ),
    connected: (scope, facts) => within(scope, [], (db, id) => queries.connectedWith(db, id, facts)),
    forget: (scope, which) => write((db) => forget(db, scope, which)),
    counts: (scope) =>
      within(scope, nothing, (db, id) => {
        const row = db.get(
          `SELECT count(*) AS statements, coalesce(sum(status = 'holds'), 0) AS facts,
             coalesce(sum(status = 'holds' AND attribute = 'instruction'), 0) AS instructions,
             (SELECT count(*) FROM memory_entities WHERE scope = ?1) AS entities
           FROM memory_facts WHERE scope = ?1`,
          id
        )
        const count = (column: string) => Number(row?.[column])
        return {
          statements: count("statements"),
          facts: count("facts"),
          entities: count("entities"),
          instructions: count("instructions")
        }
      }),
    scopes: unavailable(
      store.read((db) =>
        db
          .all(
            `SELECT tenant, agent, principal FROM memory_scopes s
             WHERE EXISTS (SELECT 1 FROM memory_facts WHERE scope = s.id) ORDER BY id`
          )
          .map(scopeOfRow)
      )
    )
  })
})

export const layer: Layer.Layer<FactStore, never, Store> = Layer.effect(FactStore, make)
