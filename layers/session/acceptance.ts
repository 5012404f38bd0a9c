/** The transactions that take turns in, put them back and claim them for a lane. */
import type { InstanceId, TurnId } from "../../src/domain/Ids.ts"
import * as SessionKey from "../../src/domain/SessionKey.ts"
import * as Recovery from "../../src/session/Recovery.ts"
import type { Acceptance, Accepted, Next, StoredTurn } from "../../src/session/SessionStore.ts"
import type { Database } from "../store/Store.ts"
import { appendEvents, finish } from "./journal.ts"
import * as rows from "./rows.ts"

/** How long an idempotency key is remembered: 24 hours. */
const keyLifetime = 24 * 60 * 60 * 1000

const isShared = (key: SessionKey.SessionKey): boolean =>
  key.conversation.guild !== undefined || key.conversation.team !== undefined

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
    a.asker.principal,
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
  const session = SessionKey.storageKey(a.key)
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
      return rows.text(first, "content") === a.content
        ? { _tag: "repeated", turnId: rows.text(first, "id") as TurnId, session: rows.text(first, "session") }
        : { _tag: "key_reused" }
    }
  }
  if (openSession(db, a) === "not_yours") return { _tag: "not_yours" }
  const waiting = rows.int(
    db.get("SELECT count(*) AS n FROM turns WHERE session = ? AND status IN ('accepted', 'running')", session) ?? {
      n: 0
    },
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
    a.content,
    a.maxTokens ?? null,
    a.at
  )
  db.run("UPDATE sessions SET turns = turns + 1, updated_at = ? WHERE id = ?", a.at, session)
  appendEvents(db, a.id, [{ type: "accepted", data: {} }])
  return { _tag: "accepted", turnId: a.id, session }
}

const recover = (db: Database, turn: StoredTurn, at: number): boolean => {
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

/** Leases the session to `instance` and claims its oldest open turn; `isAlive` tells whether another holder still lives. */
export const next = (
  db: Database,
  sessionId: string,
  instance: InstanceId,
  at: number,
  isAlive: (db: Database, instance: string) => boolean
): Next => {
  const holder = db.get("SELECT lease FROM sessions WHERE id = ?", sessionId)?.["lease"] ?? null
  if (holder !== null && holder !== instance && isAlive(db, String(holder))) return { _tag: "elsewhere" }
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
    if (turn.status === "running" && !recover(db, turn, at)) continue
    db.run("UPDATE sessions SET lease = ? WHERE id = ?", instance, sessionId)
    db.run("UPDATE turns SET status = 'running' WHERE id = ?", turn.id)
    return { _tag: "turn", turn: { ...turn, status: "running" } }
  }
}

/** Puts a turn that did not end well back into its lane, without what it said before. */
export const reopen = (db: Database, turn: TurnId): boolean => {
  const changed = db.run(
    `UPDATE turns SET status = 'accepted', stop_reason = NULL, error = NULL, receipt = NULL, cancel = 0,
       finished_at = NULL, attempt_after = last_seq
     WHERE id = ? AND status IN ('interrupted', 'parked', 'failed')`,
    turn
  )
  if (changed === 0) return false
  db.run("DELETE FROM turn_steps WHERE turn = ?", turn)
  return true
}
