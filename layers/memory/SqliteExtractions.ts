/** Messages that a model has still to be asked about, on the embedded database. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { TurnId } from "../../src/domain/Ids.ts"
import { Extractions, type Extraction } from "../../src/memory/Extraction.ts"
import { MemoryError, MemoryUnavailable } from "../../src/memory/MemoryError.ts"
import { type Database, Store } from "../store/Store.ts"
import { scopeOfRow } from "./TurnRows.ts"

const unavailable = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, MemoryError> =>
  Effect.mapError(effect, (cause) => new MemoryError({ reason: new MemoryUnavailable({ cause }) }))

/** How long nobody else gets a message that somebody took: longer than any call takes. */
const lease = 15 * 60_000
const mostAttempts = 3
/** Nothing is put off for longer: what is due later than that was put off before the clock was set back. */
const longestDelay = 2 * 3_600_000

const isDue = "due IS NOT NULL AND (due <= ?1 OR due > ?2)"

const take = (db: Database, now: number): Extraction | undefined => {
  // a process died over it so often that it is not asked about again
  db.run(
    `UPDATE memory_extractions SET due = NULL WHERE ${isDue} AND attempts >= ?3`,
    now,
    now + longestDelay,
    mostAttempts
  )
  const row = db.get(
    `SELECT turns.id, turns.tenant, turns.principal, turns.content, turns.accepted_at,
       json_extract(sessions.key, '$.agent') AS agent
     FROM memory_extractions e JOIN turns ON turns.id = e.turn JOIN sessions ON sessions.id = turns.session
     WHERE ${isDue} ORDER BY e.due, turns.n LIMIT 1`,
    now,
    now + longestDelay
  )
  if (row === undefined) return undefined
  const turn = String(row["id"]) as TurnId
  db.run("UPDATE memory_extractions SET due = ?, attempts = attempts + 1 WHERE turn = ?", now + lease, turn)
  return { scope: scopeOfRow(row), turn, message: String(row["content"]), at: Number(row["accepted_at"]) }
}

const make = Effect.map(Store, (store) => {
  const write = <A>(command: (db: Database) => A) => unavailable(store.write(command, "normal"))
  return Extractions.of({
    add: (turn) =>
      Effect.asVoid(
        write((db) =>
          db.run("INSERT OR IGNORE INTO memory_extractions (turn, due) SELECT id, 0 FROM turns WHERE id = ?", turn)
        )
      ),
    take: (now) =>
      Effect.flatMap(
        // most looks find nothing, and need no transaction of the writer
        unavailable(
          store.read((db) => db.get(`SELECT 1 FROM memory_extractions WHERE ${isDue} LIMIT 1`, now, now + longestDelay))
        ),
        (due) => (due === undefined ? Effect.succeed(undefined) : write((db) => take(db, now)))
      ),
    done: (turn) => write((db) => db.run("UPDATE memory_extractions SET due = NULL WHERE turn = ?", turn) > 0),
    postpone: (turn, until, asked) =>
      Effect.asVoid(
        write((db) =>
          db.run(
            "UPDATE memory_extractions SET due = ?, attempts = attempts - ? WHERE turn = ?",
            until,
            asked ? 0 : 1,
            turn
          )
        )
      ),
    waiting: unavailable(
      store.read((db) => Number(db.get("SELECT count(*) AS n FROM memory_extractions WHERE due IS NOT NULL")?.["n"]))
    )
  })
})

export const layer: Layer.Layer<Extractions, never, Store> = Layer.effect(Extractions, make)
