/** The transactions that write what a turn does. */
import type { TurnId } from "../../src/domain/Ids.ts"
import type { Finish, Recorded } from "../../src/session/SessionStore.ts"
import type { TurnStatus } from "../../src/session/Turn.ts"
import type { EventBody, TurnEvent } from "../../src/session/TurnEvent.ts"
import type { TurnStep } from "../../src/session/TurnStep.ts"
import { appendEntry } from "../store/AuditRows.ts"
import type { Database } from "../store/Store.ts"
import * as rows from "./rows.ts"
import * as toolUsage from "./toolUsageRows.ts"

export const appendEvents = (
  db: Database,
  turn: TurnId,
  bodies: ReadonlyArray<EventBody>
): ReadonlyArray<TurnEvent> => {
  if (bodies.length === 0) return []
  const row = db.get("UPDATE turns SET last_seq = last_seq + ? WHERE id = ? RETURNING last_seq", bodies.length, turn)
  if (row === undefined) throw new Error("exoclaw: events for a turn that is not in the store")
  const first = rows.int(row, "last_seq") - bodies.length + 1
  return bodies.map((body, i) => {
    db.run(
      "INSERT INTO turn_events (turn, seq, type, data) VALUES (?, ?, ?, ?)",
      turn,
      first + i,
      body.type,
      JSON.stringify(body.data)
    )
    toolUsage.count(db, turn, body)
    return { turnId: turn, seq: first + i, body }
  })
}

/**
 * Appends events and, where there is one, a step that may refer to them. Nothing is written to a turn that does not run:
 * its writer, which others took for dead, is told to stop.
 */
export const append = (
  db: Database,
  turn: TurnId,
  bodies: ReadonlyArray<EventBody>,
  makeStep: ((events: ReadonlyArray<TurnEvent>) => TurnStep) | undefined,
  recorded: () => void = () => undefined
): { readonly events: ReadonlyArray<TurnEvent>; readonly step: TurnStep | undefined; readonly cancel: boolean } => {
  recorded()
  const row = db.get("SELECT status, cancel FROM turns WHERE id = ?", turn)
  if (row?.["status"] !== "running") return { events: [], step: undefined, cancel: true }
  const events = appendEvents(db, turn, bodies)
  const step = makeStep?.(events)
  if (step !== undefined) {
    db.run(
      "INSERT INTO turn_steps (turn, n, data) VALUES (?1, (SELECT coalesce(max(n), 0) + 1 FROM turn_steps WHERE turn = ?1), ?2)",
      turn,
      JSON.stringify(rows.withoutInputs(step, events))
    )
  }
  return { events, step, cancel: row["cancel"] === 1 }
}

/** The turn leaves its lane and waits, unless somebody let it proceed or asked to stop it. Gives what it is now. */
export const suspend = (db: Database, turn: TurnId, at: number): TurnStatus | undefined => {
  const row = db.get("SELECT status, cancel, proceed FROM turns WHERE id = ?", turn)
  if (row?.["status"] !== "running") return undefined
  if (row["cancel"] === 1) {
    finish(db, turn, { status: "cancelled", stopReason: "cancelled", receipt: null, at })
    return "cancelled"
  }
  const status = row["proceed"] === 1 ? "accepted" : "waiting"
  db.run("UPDATE turns SET status = ?, proceed = 0 WHERE id = ?", status, turn)
  return status
}

/** A waiting turn is accepted again, with its steps; a running one will not wait the next time. */
export const proceed = (db: Database, turn: TurnId): boolean => {
  db.run("UPDATE turns SET proceed = 1 WHERE id = ? AND status = 'running'", turn)
  return db.run("UPDATE turns SET status = 'accepted' WHERE id = ? AND status = 'waiting'", turn) > 0
}

/** Appends an entry to the audit log, or undoes what it wrote of it and gives the reason. */
export const record = (db: Database, { at, event }: Recorded): unknown => {
  db.run("SAVEPOINT entry")
  try {
    appendEntry(db, event, at)
    return undefined
  } catch (cause) {
    db.run("ROLLBACK TO entry")
    return cause
  } finally {
    db.run("RELEASE entry")
  }
}

/** Ends a turn once; the second ending changes nothing. */
export const finish = (db: Database, turn: TurnId, end: Finish): boolean => {
  const changed = db.run(
    `UPDATE turns SET status = ?, stop_reason = ?, receipt = ?, error = ?, finished_at = ?
     WHERE id = ? AND status IN ('accepted', 'running', 'waiting')`,
    end.status,
    end.stopReason,
    end.receipt === null ? null : JSON.stringify(end.receipt),
    end.error === undefined ? null : JSON.stringify(end.error),
    end.at,
    turn
  )
  if (changed === 0) return false
  db.run("UPDATE sessions SET updated_at = ? WHERE id = (SELECT session FROM turns WHERE id = ?)", end.at, turn)
  const error: ReadonlyArray<EventBody> =
    end.error === undefined ? [] : [{ type: "error", data: { code: end.error.code, message: end.error.message } }]
  appendEvents(db, turn, [...error, { type: "done", data: { stopReason: end.stopReason } }])
  return true
}
