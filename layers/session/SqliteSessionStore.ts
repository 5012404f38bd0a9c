/** The session store on the embedded database. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { PrincipalId, TenantId, TurnId } from "../../src/domain/Ids.ts"
import type { InstanceFacts } from "../../src/domain/Instance.ts"
import { JournalUnavailable } from "../../src/session/SessionError.ts"
import { type Recorded, SessionStore } from "../../src/session/SessionStore.ts"
import type { TurnStatus } from "../../src/session/Turn.ts"
import { isAlive } from "../platform/ProcessLiveness.ts"
import { appendEntry } from "../store/AuditRows.ts"
import { type Database, Store, type StoreError } from "../store/Store.ts"
import * as acceptance from "./acceptance.ts"
import * as journal from "./journal.ts"
import * as queries from "./queries.ts"
import * as rows from "./rows.ts"

const unavailable = <A>(effect: Effect.Effect<A, StoreError>): Effect.Effect<A, JournalUnavailable> =>
  Effect.mapError(effect, (cause) => new JournalUnavailable({ cause }))

const peek = (db: Database, turn: TurnId) => {
  const row = db.get(
    `SELECT turns.session, turns.tenant, turns.principal, turns.status, turns.last_seq, sessions.shared
     FROM ${rows.turnTables} WHERE turns.id = ?`,
    turn
  )
  return row === undefined
    ? undefined
    : {
        sessionId: rows.text(row, "session"),
        tenant: rows.text(row, "tenant") as TenantId,
        principal: rows.text(row, "principal") as PrincipalId,
        shared: row["shared"] === 1,
        status: rows.text(row, "status") as TurnStatus,
        lastSeq: rows.int(row, "last_seq")
      }
}

const requestCancel = (db: Database, turn: TurnId, at: number): "ended" | "requested" | "over" => {
  const status = db.get("SELECT status FROM turns WHERE id = ?", turn)?.["status"]
  if (status === "accepted" || status === "waiting") {
    journal.finish(db, turn, { status: "cancelled", stopReason: "cancelled", receipt: null, at })
    return "ended"
  }
  if (status !== "running") return "over"
  db.run("UPDATE turns SET cancel = 1 WHERE id = ?", turn)
  return "requested"
}

const make = (lives: (instance: InstanceFacts) => boolean) =>
  Effect.map(Store, (store) => {
    const write = <A>(command: (db: Database) => A) => unavailable(store.write(command, "normal"))
    const read = <A>(query: (db: Database) => A) => unavailable(store.read(query))
    /** With an entry of the audit log in the same transaction; one that cannot be written is for the operator's log. */
    const recording = <A>(entry: Recorded | undefined, command: (db: Database, record: () => void) => A) => {
      if (entry === undefined) return write((db) => command(db, () => undefined))
      let failure: unknown
      const record = (db: Database) => () => void (failure = journal.record(db, entry))
      return unavailable(store.write((db) => command(db, record(db)), "full")).pipe(
        Effect.tap(() =>
          failure === undefined ? Effect.void : Effect.logError("The audit log could not be written", failure)
        )
      )
    }
    return SessionStore.of({
      accept: (a) => write((db) => acceptance.accept(db, a)),
      next: (sessionId, instance, at) => write((db) => acceptance.next(db, sessionId, instance, at, lives)),
      release: (instance) =>
        Effect.asVoid(write((db) => db.run("UPDATE sessions SET lease = NULL WHERE lease = ?", instance))),
      cancelRequests: (instance) =>
        read((db) =>
          db
            .all(
              `SELECT turns.id FROM ${rows.turnTables}
               WHERE sessions.lease = ? AND turns.status = 'running' AND turns.cancel = 1`,
              instance
            )
            .map((row) => rows.text(row, "id") as TurnId)
        ),
      append: (turn, events, step, entry) =>
        recording(entry, (db, record) => journal.append(db, turn, events, step, record)),
      finish: (turn, end) =>
        recording(end.record && { event: end.record, at: end.at }, (db, record) => {
          const ended = journal.finish(db, turn, end)
          if (ended) record()
          return ended
        }),
      suspend: (turn, at) => write((db) => journal.suspend(db, turn, at)),
      proceed: (turn) => write((db) => journal.proceed(db, turn)),
      waiting: read((db) =>
        db.all("SELECT id FROM turns WHERE status = 'waiting' ORDER BY n").map((row) => rows.text(row, "id") as TurnId)
      ),
      load: (turn) =>
        read((db) => {
          const row = db.get(`SELECT ${rows.turnColumns} FROM ${rows.turnTables} WHERE turns.id = ?`, turn)
          return row === undefined ? undefined : rows.turn(db, row)
        }),
      peek: (turn) => read((db) => peek(db, turn)),
      events: (turn, after, limit) => read((db) => rows.eventsOf(db, turn, after, limit)),
      findByKey: (asker, key) =>
        read((db) => {
          const row = db.get(
            "SELECT id FROM turns WHERE tenant = ? AND principal = ? AND idempotency_key = ? ORDER BY n DESC LIMIT 1",
            asker.tenant,
            asker.principal,
            key
          )
          return row === undefined ? undefined : (rows.text(row, "id") as TurnId)
        }),
      requestCancel: (turn, at) => write((db) => requestCancel(db, turn, at)),
      reopen: (turn) => write((db) => acceptance.reopen(db, turn)),
      orphans: (instance) =>
        read((db) =>
          db
            .all(
              `SELECT DISTINCT sessions.id, sessions.lease FROM ${rows.turnTables}
               WHERE turns.status IN ('accepted', 'running')`
            )
            .filter(({ lease }) => !acceptance.isElsewhere(db, lease === null ? null : String(lease), instance, lives))
            .map((row) => rows.text(row, "id"))
        ),
      recent: (turn, limit) => read((db) => queries.recent(db, turn, limit)),
      origins: (turns) => read((db) => queries.origins(db, turns)),
      list: (asker, limit, before) => read((db) => queries.list(db, asker, limit, before)),
      find: (asker, shown) => read((db) => queries.find(db, asker, shown)),
      history: (sessionId, limit, before) => read((db) => queries.history(db, sessionId, limit, before)),
      clear: (session, by, at) =>
        unavailable(
          store.write((db) => {
            const turns = queries.clear(db, session)
            const { principal, tenant } = by
            const event = {
              kind: "session.cleared",
              tenant,
              principal,
              session,
              outcome: "ok",
              data: { turns }
            } as const
            if (turns > 0) appendEntry(db, event, at)
            return turns
          }, "full")
        )
    })
  })

/** `lives` tells whether the process of a lease's holder still runs. */
export const layerWith = (lives: (instance: InstanceFacts) => boolean): Layer.Layer<SessionStore, never, Store> =>
  Layer.effect(SessionStore, make(lives))

export const layer: Layer.Layer<SessionStore, never, Store> = layerWith(({ pid, startTicks }) =>
  isAlive(pid, startTicks)
)
