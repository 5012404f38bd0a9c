/** The memory store on the embedded database: rows of a scope lie together, what the journal has is not kept twice. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { MemoryError, MemoryRefused, MemoryUnavailable } from "../../src/memory/MemoryError.ts"
import type { MemoryScope } from "../../src/memory/MemoryScope.ts"
import { MemoryStore, type ScopeCounts } from "../../src/memory/MemoryStore.ts"
import { type MemoryTurn, refusedField } from "../../src/memory/MemoryTurn.ts"
import { type Database, Store } from "../store/Store.ts"
import * as rows from "./TurnRows.ts"

const unavailable = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, MemoryError> =>
  Effect.mapError(effect, (cause) => new MemoryError({ reason: new MemoryUnavailable({ cause }) }))

/** Refuses what is too long before anything is written. */
export const accepted = (turns: ReadonlyArray<MemoryTurn>): Effect.Effect<void, MemoryError> => {
  const refused = turns.map(refusedField).find((field) => field !== undefined)
  return refused === undefined ? Effect.void : Effect.fail(new MemoryError({ reason: new MemoryRefused(refused) }))
}

const nothing: ScopeCounts = {
  turns: 0,
  tokens: 0,
  oldest: undefined,
  newest: undefined,
  generation: "",
  last: 0
}

const timeOf = (value: unknown): number | undefined => (value === null ? undefined : Number(value))

const make = Effect.map(Store, (store) => {
  const write = <A>(command: (db: Database) => A) => unavailable(store.write(command, "normal"))
  /** Reads with the number of the scope; `none` where it has nothing. */
  const within = <A>(scope: MemoryScope, none: A, query: (db: Database, row: rows.ScopeRow) => A) =>
    unavailable(
      store.read((db) => {
        const row = rows.scopeRow(db, scope)
        return row === undefined ? none : query(db, row)
      })
    )
  return MemoryStore.of({
    append: (scope, turns) =>
      turns.length === 0
        ? Effect.succeed(0)
        : Effect.andThen(
            accepted(turns),
            write((db) => rows.append(db, scope, turns))
          ),
    features: (scope, after, limit) =>
      within(scope, { generation: "", last: 0, rows: [], complete: true }, (db, { generation, id, last }) => {
        // whoever only asks whether there is more asks with every question
        if (after >= last) return { generation, last, rows: [], complete: true }
        const found = db.all(
          "SELECT n, features FROM memory_turns WHERE scope = ? AND n > ? ORDER BY n LIMIT ?",
          id,
          after,
          limit
        )
        return {
          generation,
          last,
          rows: found.map((row) => ({ n: Number(row["n"]), features: row["features"] as Uint8Array })),
          complete: found.length < limit
        }
      }),
    read: (scope, places) =>
      within(scope, [], (db, { id }) =>
        db
          .all(
            `SELECT ${rows.columns} FROM memory_turns m
             WHERE m.scope = ? AND m.n IN (SELECT value FROM json_each(?)) ORDER BY m.at, m.n`,
            id,
            JSON.stringify(places)
          )
          .map(rows.stored)
      ),
    places: (scope, ids) =>
      within(scope, [], (db, { id }) =>
        db
          .all(
            // named, for without statistics the planner reads the whole scope in order
            `SELECT n FROM memory_turns INDEXED BY memory_turns_by_id
             WHERE scope = ? AND id IN (SELECT value FROM json_each(?)) ORDER BY +n`,
            id,
            JSON.stringify(ids)
          )
          .map(({ n }) => Number(n))
      ),
    find: (scope, id) =>
      within(scope, undefined, (db, row) => {
        const found = db.get(
          `SELECT ${rows.columns} FROM memory_turns m WHERE m.scope = ? AND m.id = ?`,
          row.id,
          id.toWellFormed()
        )
        return found === undefined ? undefined : rows.stored(found)
      }),
    window: (scope, place, before, after) =>
      within(scope, [], (db, { id }) => {
        const side = (comparison: string, order: string, limit: number) =>
          db.all(
            `SELECT ${rows.columns} FROM memory_turns m
             WHERE m.scope = ?1 AND m.n ${comparison} ?2
               AND m.conversation = (SELECT conversation FROM memory_turns WHERE scope = ?1 AND n = ?2)
             ORDER BY m.n ${order} LIMIT ?3`,
            id,
            place,
            limit
          )
        return [...side("<=", "DESC", before + 1).toReversed(), ...side(">", "ASC", after)].map(rows.stored)
      }),
    page: (scope, after, limit) =>
      within(scope, [], (db, { id }) =>
        db
          .all(
            `SELECT ${rows.columns} FROM memory_turns m WHERE m.scope = ? AND m.n > ? ORDER BY m.n LIMIT ?`,
            id,
            after,
            limit
          )
          .map(rows.stored)
      ),
    remove: (scope, which) => write((db) => rows.remove(db, scope, which)),
    counts: (scope) =>
      within(scope, nothing, (db, { generation, id, last }) => {
        const row = db.get(
          `SELECT count(*) AS turns, coalesce(sum(tokens), 0) AS tokens, min(at) AS oldest, max(at) AS newest
           FROM memory_turns WHERE scope = ?`,
          id
        )
        return {
          turns: Number(row?.["turns"]),
          tokens: Number(row?.["tokens"]),
          oldest: timeOf(row?.["oldest"] ?? null),
          newest: timeOf(row?.["newest"] ?? null),
          generation,
          last
        }
      }),
    scopes: unavailable(
      store.read((db) =>
        db
          .all(
            `SELECT tenant, agent, principal FROM memory_scopes s
             WHERE EXISTS (SELECT 1 FROM memory_turns WHERE scope = s.id) ORDER BY id`
          )
          .map(rows.scopeOfRow)
      )
    ),
    stale: (scope, embedder, limit) =>
      within(scope, [], (db, { id }) =>
        db
          .all(
            `SELECT ${rows.columns} FROM memory_turns m WHERE m.scope = ? AND m.embedder <> ? ORDER BY m.n LIMIT ?`,
            id,
            embedder,
            limit
          )
          .map(rows.stored)
      ),
    reanalyse: (scope, turns) =>
      Effect.asVoid(
        write((db) => {
          const row = rows.scopeRow(db, scope)
          if (row === undefined) return
          for (const { embedder, features, n, tokens } of turns) {
            db.run(
              "UPDATE memory_turns SET tokens = ?, embedder = ?, features = ? WHERE scope = ? AND n = ?",
              tokens,
              embedder,
              features,
              row.id,
              n
            )
          }
        })
      )
  })
})

export const layer: Layer.Layer<MemoryStore, never, Store> = Layer.effect(MemoryStore, make)
