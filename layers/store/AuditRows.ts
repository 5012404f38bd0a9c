/** The audit log's rows: appending within a transaction. */
import { hash } from "node:crypto"
import type { AuditEvent } from "../../src/audit/AuditEvent.ts"
import { objection } from "../../src/audit/AuditKinds.ts"
import { canonical, type ChainHead, linkInput } from "../../src/audit/Chain.ts"
import type { Database } from "./Store.ts"

const sha256 = (text: string): string => hash("sha256", text, "hex")

/** Throws where the head is gone: then nothing may be appended. */
export const readHead = (db: Database): ChainHead => {
  const row = db.get("SELECT seq, hash FROM audit_head WHERE id = 1")
  if (row === undefined) throw new Error("exoclaw: the audit log has lost its head")
  return { seq: Number(row.seq), hash: String(row.hash) }
}

/**
 * Appends `event` inside the transaction of the command that calls it, so that a movement and its entry are durable
 * together or not at all. `atMillis` is Unix time. The command should be written with durability `full`.
 */
export const appendEntry = (db: Database, event: AuditEvent, atMillis: number): void => {
  const why = objection(event.kind, event.data)
  if (why !== undefined) throw new TypeError(`exoclaw: ${why}`)
  const head = readHead(db)
  const seq = head.seq + 1
  const text = canonical(event)
  const link = sha256(linkInput(head.hash, seq, atMillis, text))
  db.run("INSERT INTO audit (seq, at, event, hash) VALUES (?, ?, ?, ?)", seq, atMillis, text, link)
  db.run("UPDATE audit_head SET seq = ?, hash = ? WHERE id = 1", seq, link)
}
