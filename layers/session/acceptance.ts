/** The transactions that take turns in, put them back and claim them for a lane. */
import { InstanceId, type TurnId } from "../../src/domain/Ids.ts"
import type { InstanceFacts } from "../../src/domain/Instance.ts"
import * as SessionKey from "../../src/domain/SessionKey.ts"
import { isShared, ownerOf } from "../../src/session/Owner.ts"
import * as Recovery from "../../src/session/Recovery.ts"
import type { Acceptance, Accepted, Next, StoredTurn } from "../../src/session/SessionStore.ts"
import * as slots from "../store/SlotRows.ts"
import type { Database } from "../store/Store.ts"
import { appendEvents, finish } from "./journal.ts"
import * as rows from "./rows.ts"

/** How long an idempotency key is remembered: 24 hours. */
const keyLifetime = 24 * 60 * 60 * 1000

const openSession = (db: Database, a: Acceptance): "ours" | "not_yours" => {
  const id = SessionKey.storageKey(a.key)
  const known = db.get("SELECT principal, shared FROM sessions WHERE id = ?", id)
  if (known !== undefined) {
    const allowed = known["principal"] === a.asker.principal || known["shared"] === 1 || a.asker.any
    return allowed ? "ours" : "not_yours"
  }
  db.run(
    `INSERT INTO sessions (id, tenant, principal, shown, key, shared, turns, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)`,
    id,
    a.key.tenant,
    ownerOf(a.key, a.asker),
    SessionKey.show(a.key),
    JSON.stringify(a.key),
    isShared(a.key) ? 1 : 0,
    a.at,
    a.at
  )
  return "ours"
}

/** Journals a message. The answer to a repeated key is the first turn. */
export const accept = (db: Database, a: Acceptance): Accepted => {
  if (a.key.tenant !== a.asker.tenant) return { _tag: "not_yours" }
  const session = SessionKey.storageKey(a.key)
  // as the database would: it keeps UTF-8, which has no lone surrogates
  const content = a.content.toWellFormed()
  if (a.idempotencyKey !== undefined) {
    const first = db.get(
      `SELECT id, session, content FROM turns
       WHERE tenant = ? AND principal = ? AND idempotency_key = ? AND session = ? AND accepted_at > ?
       ORDER BY n DESC LIMIT 1`,
      a.asker.tenant,
      a.asker.principal,
      a.idempotencyKey,
      session,
      a.at - keyLifetime
    )
    if (first !== undefined) {
      return rows.text(first, "content") === content
        ? { _tag: "repeated", turnId: rows.text(first, "id") as TurnId, session: rows.text(first, "session") }
        : { _tag: "key_reused" }
    }
  }
  const refused = a.slot === undefined ? undefined : slots.refusal(db, a.slot, a.at)
  if (refused !== undefined) return { _tag: "slot_refused", ...refused }
  if (openSession(db, a) === "not_yours") return { _tag: "not_yours" }
  const waiting = rows.int(
    // two counts, for each has its index
    db.get(
      `SELECT (SELECT count(*) FROM turns WHERE session = ?1 AND status IN ('accepted', 'running'))
            + (SELECT count(*) FROM turns WHERE session = ?1 AND status = 'waiting') AS n`,
      session
    ) ?? { n: 0 },
    "n"
  )
  if (waiting >= a.waitingLimit) return { _tag: "busy", waiting }
  db.run(
    `INSERT INTO turns (id, session, tenant, principal, scopes, idempotency_key, content, max_tokens, status, last_seq, accepted_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'accepted', 0, ?)`,
    a.id,
    session,
    a.asker.tenant,
    a.asker.principal,
    JSON.stringify(a.scopes),
    a.idempotencyKey ?? null,
    content,
    a.maxTokens ?? null,
    a.at
  )
  db.run("UPDATE sessions SET turns = turns + 1, updated_at = ? WHERE id = ?", a.at, session)
  appendEvents(db, a.id, [{ type: "accepted", data: {} }])
  if (a.slot !== undefined) slots.take(db, a.slot, a.id, a.at)
  return { _tag: "accepted", turnId: a.id, session }
}

/** True where the turn goes on; else it has been ended. */
const recover = (db: Database, turn: StoredTurn, cancel: boolean, at: number): boolean => {
  if (cancel) {
    finish(db, turn.id, { status: "cancelled", stopReason: "cancelled", receipt: turn.receipt, at })
    return false
  }
  const recovery = Recovery.decide(turn.steps, turn.events, turn.attemptAfter)
  if (recovery.decision === "resume") return true
  const message =
    recovery.why === "delivered"
      ? "The gateway stopped in the middle of this answer. chat.resume with retry: true runs it anew."
      : "The gateway stopped while a tool was running, and its outcome is unknown. chat.resume with retry: true runs the turn anew."
  appendEvents(db, turn.id, [{ type: "notice", data: { code: "interrupted", message } }])
  finish(db, turn.id, { status: "interrupted", stopReason: "interrupted", receipt: turn.receipt, at })
  return false
}

/** What the store knows of an instance. */
const factsOf = (db: Database, id: string): InstanceFacts | undefined => {
  const row = db.get("SELECT pid, start_ticks FROM instances WHERE id = ?", id)
  return row && { id: InstanceId.make(id), pid: rows.int(row, "pid"), startTicks: rows.text(row, "start_ticks") }
}

/** True where an instance other than `instance` holds the lease and still runs. */
export const isElsewhere = (
  db: Database,
  lease: string | null,
  instance: InstanceId,
  lives: (instance: InstanceFacts) => boolean
): boolean => {
  if (lease === null || lease === instance) return false
  const holder = factsOf(db, lease)
  return holder !== undefined && lives(holder)
}

/** Leases the session to `instance` and claims its oldest open turn; `lives` tells whether another holder still runs. */
export const next = (
  db: Database,
  sessionId: string,
  instance: InstanceFacts,
  at: number,
  lives: (instance: InstanceFacts) => boolean
): Next => {
  const lease = db.get("SELECT lease FROM sessions WHERE id = ?", sessionId)?.["lease"] ?? null
  if (isElsewhere(db, lease === null ? null : String(lease), instance.id, lives)) return { _tag: "elsewhere" }
  for (;;) {
    const row = db.get(
      `SELECT ${rows.turnColumns} FROM ${rows.turnTables}
       WHERE turns.session = ? AND turns.status IN ('accepted', 'running') ORDER BY turns.n LIMIT 1`,
      sessionId
    )
    if (row === undefined) {
      db.run("UPDATE sessions SET lease = NULL WHERE id = ?", sessionId)
      return { _tag: "idle" }
    }
    const turn = rows.turn(db, row)
    // a turn that is running here and now is never handed out again: its lane asks only when it is over
    if (turn.status === "running" && !recover(db, turn, row["cancel"] === 1, at)) continue
    db.run("INSERT OR IGNORE INTO instances VALUES (?, ?, ?, ?)", instance.id, instance.pid, instance.startTicks, at)
    db.run("UPDATE sessions SET lease = ? WHERE id = ?", instance.id, sessionId)
    db.run("UPDATE turns SET status = 'running' WHERE id = ?", turn.id)
    return { _tag: "turn", turn: { ...turn, status: "running" } }
  }
}

/** Puts a turn that did not end well back into its lane, without what it said before. */
export const reopen = (db: Database, turn: TurnId): boolean => {
  const changed = db.run(
    `UPDATE turns SET status = 'accepted', stop_reason = NULL, error = NULL, receipt = NULL, cancel = 0, proceed = 0,
       finished_at = NULL, attempt_after = last_seq
     WHERE id = ? AND status IN ('interrupted', 'parked', 'failed')`,
    turn
  )
  if (changed === 0) return false
  db.run("DELETE FROM turn_steps WHERE turn = ?", turn)
  db.run(
    "UPDATE turn_events SET type = 'notice', data = ? WHERE turn = ? AND type = 'done'",
    JSON.stringify({ code: "retry", message: "The turn runs anew; what it said before this does not count." }),
    turn
  )
  return true
}
