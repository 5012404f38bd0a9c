/** Finished turns that memory does not have yet, from the journal's tables. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { TurnId } from "../../src/domain/Ids.ts"
import { MemoryError, MemoryUnavailable } from "../../src/memory/MemoryError.ts"
import type { MemoryScope } from "../../src/memory/MemoryScope.ts"
import { longestName, longestText, type MemoryTurn } from "../../src/memory/MemoryTurn.ts"
import { type FinishedTurn, TurnSource } from "../../src/memory/TurnSource.ts"
import { type Database, type Row, Store, type StoreError } from "../store/Store.ts"
import { scopeOfRow } from "./TurnRows.ts"

const unavailable = <A>(effect: Effect.Effect<A, StoreError>): Effect.Effect<A, MemoryError> =>
  Effect.mapError(effect, (cause) => new MemoryError({ reason: new MemoryUnavailable({ cause }) }))

/** Each by its own index, which is named: else the planner takes whatever its order fits, and reads what is long remembered. */
const unremembered = (
  index: string
): string => `SELECT turns.id, turns.tenant, turns.principal, turns.content, turns.accepted_at,
    coalesce(turns.finished_at, turns.accepted_at) AS finished_at,
    sessions.shown, json_extract(sessions.key, '$.agent') AS agent,
    (SELECT group_concat(json_extract(e.data, '$.text'), '' ORDER BY e.seq) FROM turn_events e
     WHERE e.turn = turns.id AND e.type = 'text' AND e.seq > turns.attempt_after) AS answer
  FROM turns INDEXED BY ${index} JOIN sessions ON sessions.id = turns.session
  WHERE turns.remembered = 0 AND turns.status = 'done'`

const finished = (row: Row): FinishedTurn => {
  const turn = String(row["id"]) as TurnId
  const half = (role: MemoryTurn["role"], text: string, at: number): ReadonlyArray<MemoryTurn> =>
    text.trim() === "" || text.length > longestText
      ? []
      : [
          {
            id: `${turn}:${role}`,
            turn,
            conversation: String(row["shown"]).slice(0, longestName),
            at,
            role,
            speaker: undefined,
            text
          }
        ]
  return {
    scope: scopeOfRow(row),
    turn,
    said: [
      ...half("user", String(row["content"]), Number(row["accepted_at"])),
      ...half("assistant", String(row["answer"] ?? ""), Number(row["finished_at"]))
    ]
  }
}

const ofScope = (db: Database, { agent, principal, tenant }: MemoryScope, limit: number): ReadonlyArray<Row> => {
  // with most messages there is nothing, and that is found out for much less
  const some = db.get(
    `SELECT 1 FROM turns INDEXED BY turns_unremembered_of
     WHERE remembered = 0 AND status = 'done' AND tenant = ? AND principal = ? LIMIT 1`,
    tenant,
    principal
  )
  if (some === undefined) return []
  return db.all(
    `${unremembered("turns_unremembered_of")}
     AND turns.tenant = ? AND turns.principal = ? AND json_extract(sessions.key, '$.agent') = ? ORDER BY turns.n LIMIT ?`,
    tenant,
    principal,
    agent,
    limit
  )
}

const make = Effect.map(Store, (store) =>
  TurnSource.of({
    pending: (limit, scope) =>
      unavailable(
        store.read((db) =>
          (scope === undefined
            ? db.all(`${unremembered("turns_unremembered")} ORDER BY turns.n LIMIT ?`, limit)
            : ofScope(db, scope, limit)
          ).map(finished)
        )
      ),
    countPending: unavailable(
      store.read((db) =>
        Number(db.get("SELECT count(*) AS n FROM turns WHERE remembered = 0 AND status = 'done'")?.["n"])
      )
    ),
    taken: Effect.fnUntraced(function* (turns) {
      const asked = JSON.stringify(turns)
      const found = yield* unavailable(
        store.read((db) =>
          db.all("SELECT id, remembered FROM turns WHERE id IN (SELECT value FROM json_each(?))", asked)
        )
      )
      const there = new Set(found.map(({ id }) => String(id)))
      const gone = turns.filter((turn) => !there.has(turn))
      // a store of the same database has marked them with what it keeps of them
      if (found.every(({ remembered }) => remembered === 1)) return gone
      yield* unavailable(
        store.write((db) => {
          for (const turn of turns) db.run("UPDATE turns SET remembered = 1 WHERE id = ?", turn)
        })
      )
      return gone
    })
  })
)

export const layer: Layer.Layer<TurnSource, never, Store> = Layer.effect(TurnSource, make)
