/** The approvals' rows. Synchronous: for use inside one transaction. */
import * as Schema from "effect/Schema"
import { hash } from "node:crypto"
import { type Approval, ApprovalStatus, Question } from "../../src/approval/Approval.ts"
import { because } from "../../src/approval/Because.ts"
import { hashInput, questionText } from "../../src/approval/Decision.ts"
import { ApprovalId, PrincipalId, type TenantId, TurnId } from "../../src/domain/Ids.ts"
import type { Database, Row } from "../store/Store.ts"

const sha256 = (text: string): string => hash("sha256", hashInput(text), "hex")

/** The hash that binds an answer to a question. */
export const hashOf = (question: Question): string => sha256(questionText(question))

const decodeQuestion = Schema.decodeUnknownSync(Schema.fromJsonString(Question))
const statusOf = Schema.decodeUnknownSync(ApprovalStatus)

/** Throws where the stored text is not the one that was hashed: nobody is shown, and nothing is done by, anything else. */
const toApproval = (row: Row): Approval => {
  const question = String(row.question)
  if (sha256(question) !== row.hash) throw new Error(`exoclaw: the approval ${String(row.id)} was changed in the store`)
  const asked = decodeQuestion(question)
  return {
    ...asked,
    ...because(asked),
    id: ApprovalId.make(String(row.id)),
    hash: String(row.hash),
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    status: statusOf(row.status),
    resolvedBy: row.resolved_by === null ? null : PrincipalId.make(String(row.resolved_by)),
    resolvedAt: row.resolved_at === null ? null : Number(row.resolved_at),
    reason: row.reason === null ? null : String(row.reason)
  }
}

const optional = (row: Row | undefined): Approval | undefined => (row === undefined ? undefined : toApproval(row))

export const byId = (db: Database, id: ApprovalId): Approval | undefined =>
  optional(db.get("SELECT * FROM approvals WHERE id = ?", id))

/** The one with this key: of its turn, or, where there is no turn, the one that is still open. */
export const sameQuestion = (db: Database, { key, tenant, turn }: Question): Approval | undefined =>
  turn === null
    ? optional(
        db.get(
          `SELECT * FROM approvals WHERE turn IS NULL AND tenant = ? AND key = ? AND status IN ('pending', 'approved')
           ORDER BY n DESC LIMIT 1`,
          tenant,
          key
        )
      )
    : optional(db.get("SELECT * FROM approvals WHERE turn = ? AND key = ?", turn, key))

/** Rows looked at in one page of a list. */
const page = 500

/** Newest first, each as `shown` makes it, of this status then; without those that it does not show. */
export const listOf = (
  db: Database,
  tenant: TenantId,
  shown: (approval: Approval) => Approval | undefined,
  status: ApprovalStatus | undefined,
  limit: number
): ReadonlyArray<Approval> => {
  const found: Array<Approval> = []
  // one whose time is over stands in the store as it was until somebody notes it
  const [first, second] = status === "expired" ? ["pending", "approved"] : [status, status]
  for (let before = Number.MAX_SAFE_INTEGER; ;) {
    const rows = db.all(
      `SELECT * FROM approvals WHERE tenant = ?1 AND n < ?2
         AND (?3 IS NULL OR status IN (?3, ?4, ?5)) ORDER BY n DESC LIMIT ?6`,
      tenant,
      before,
      status ?? null,
      first ?? null,
      second ?? null,
      page
    )
    for (const row of rows) {
      const approval = shown(toApproval(row))
      if (approval !== undefined && (status === undefined || approval.status === status)) found.push(approval)
      if (found.length >= limit) return found
      before = Number(row.n)
    }
    if (rows.length < page) return found
  }
}

export const ofTurn = (db: Database, turn: TurnId): ReadonlyArray<Approval> =>
  db.all("SELECT * FROM approvals WHERE turn = ? ORDER BY n", turn).map(toApproval)

export const overdue = (db: Database, at: number): ReadonlyArray<Approval> =>
  db
    .all("SELECT * FROM approvals WHERE status = 'pending' AND expires_at <= ? ORDER BY n LIMIT 1000", at)
    .map(toApproval)

/** Turns with a question that is open. */
export const asking = (db: Database): ReadonlySet<TurnId> =>
  new Set(
    db
      .all("SELECT DISTINCT turn FROM approvals WHERE status = 'pending' AND turn IS NOT NULL")
      .map((row) => TurnId.make(String(row.turn)))
  )

export const insert = (
  db: Database,
  id: ApprovalId,
  question: Question,
  createdAt: number,
  expiresAt: number
): Approval => {
  const { key, tenant, turn } = question
  db.run(
    `INSERT INTO approvals (id, tenant, turn, key, question, hash, created_at, expires_at, status)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending')`,
    id,
    tenant,
    turn,
    key,
    questionText(question),
    hashOf(question),
    createdAt,
    expiresAt
  )
  const made = byId(db, id)
  if (made === undefined) throw new Error("exoclaw: an approval is gone that was just written")
  return made
}

export const update = (
  db: Database,
  approval: Approval,
  change: Pick<Approval, "status"> & Partial<Pick<Approval, "resolvedBy" | "resolvedAt" | "reason">>
): Approval => {
  const changed = { ...approval, ...change }
  db.run(
    "UPDATE approvals SET status = ?, resolved_by = ?, resolved_at = ?, reason = ? WHERE id = ?",
    changed.status,
    changed.resolvedBy,
    changed.resolvedAt,
    changed.reason,
    changed.id
  )
  return changed
}
