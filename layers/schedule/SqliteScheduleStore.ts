/** What is remembered of jobs, in the embedded database. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { JobId, TurnId } from "../../src/domain/Ids.ts"
import { ScheduleError, ScheduleUnavailable } from "../../src/schedule/ScheduleError.ts"
import { type JobState, type PastSlot, ScheduleStore, type SlotOutcome } from "../../src/schedule/ScheduleStore.ts"
import type { TurnStatus } from "../../src/session/Turn.ts"
import * as slots from "../store/SlotRows.ts"
import { type Database, type Row, Store, type StoreError } from "../store/Store.ts"

const unavailable = <A>(effect: Effect.Effect<A, StoreError>): Effect.Effect<A, ScheduleError> =>
  Effect.mapError(effect, (cause) => new ScheduleError({ reason: new ScheduleUnavailable({ cause }) }))

// what this room and the journal wrote is read back unchecked
const past = (row: Row): PastSlot | undefined =>
  row["outcome"] === null
    ? undefined
    : {
        due: row["due"] === null ? null : Number(row["due"]),
        at: Number(row["at"]),
        outcome: row["outcome"] as SlotOutcome,
        turn: row["turn"] as TurnId | null,
        status: row["status"] as TurnStatus | null
      }

const states = (db: Database): ReadonlyMap<JobId, JobState> =>
  new Map(
    db
      .all(
        `SELECT jobs.job, jobs.cursor, jobs.paused, last.due, last.at, last.outcome, last.turn, turns.status
         FROM schedule_jobs AS jobs
         LEFT JOIN schedule_slots AS last ON last.job = jobs.job AND last.slot =
           (SELECT slot FROM schedule_slots WHERE job = jobs.job ORDER BY at DESC, slot DESC LIMIT 1)
         LEFT JOIN turns ON turns.id = last.turn`
      )
      .map((row) => [
        row["job"] as JobId,
        {
          cursor: Number(row["cursor"]),
          paused: row["paused"] === null ? undefined : row["paused"] === 1,
          last: past(row)
        }
      ])
  )

export const layer: Layer.Layer<ScheduleStore, never, Store> = Layer.effect(
  ScheduleStore,
  Effect.map(Store, (store) =>
    ScheduleStore.of({
      open: (jobs, at) =>
        unavailable(
          store.write((db) => {
            for (const { id, plan } of jobs) {
              db.run(
                `INSERT INTO schedule_jobs (job, plan, cursor) VALUES (?, ?, ?)
                 ON CONFLICT (job) DO UPDATE SET plan = excluded.plan, cursor = max(cursor, excluded.cursor)
                 WHERE plan <> excluded.plan`,
                id,
                plan,
                at
              )
            }
          })
        ),
      states: unavailable(store.read(states)),
      skip: (slot, outcome, at) => unavailable(store.write((db) => slots.skip(db, slot, outcome, at))),
      setPaused: (job, paused, at) =>
        unavailable(
          store.write((db) => {
            const cursor = paused ? "max(cursor, ?)" : "?"
            db.run(`UPDATE schedule_jobs SET paused = ?, cursor = ${cursor} WHERE job = ?`, paused ? 1 : 0, at, job)
          })
        )
    })
  )
)
