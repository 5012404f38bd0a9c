/** The audit log's rows: appending within a transaction, and walking the chain page by page. */
import * as Effect from "effect/Effect"
import { hash } from "node:crypto"
import type { AuditVerdict } from "../../src/audit/Audit.ts"
import type { AuditEvent } from "../../src/audit/AuditEvent.ts"
import { canonical, type ChainHead, type ChainLink, finish, follow, linkInput, start } from "../../src/audit/Chain.ts"
import type { Database, Row } from "./Store.ts"

const sha256 = (text: string): string => hash("sha256", text, "hex")

/** Throws where the head is gone: then nothing may be appended. */
const readHead = (db: Database): ChainHead => {
  const row = db.get("SELECT seq, hash FROM audit_head WHERE id = 1")
  if (row === undefined) throw new Error("exoclaw: the audit log has lost its head")
  return { seq: Number(row.seq), hash: String(row.hash) }
}

/**
 * Appends `event` inside the transaction of the command that calls it, so that a movement and its entry are durable
 * together or not at all. `atMillis` is Unix time. The command should be written with durability `full`.
 */
export const appendEntry = (db: Database, event: AuditEvent, atMillis: number): void => {
  const head = readHead(db)
  const seq = head.seq + 1
  const text = canonical(event)
  const link = sha256(linkInput(head.hash, seq, atMillis, text))
  db.run("INSERT INTO audit (seq, at, event, hash) VALUES (?, ?, ?, ?)", seq, atMillis, text, link)
  db.run("UPDATE audit_head SET seq = ?, hash = ? WHERE id = 1", seq, link)
}

const toLink = (row: Row): ChainLink => ({
  seq: Number(row.seq),
  at: Number(row.at),
  text: String(row.event),
  hash: String(row.hash)
})

const pageSize = 1_000

/**
 * Walks the whole chain through `read`, a page at a time with a pause between pages. Entries that are appended
 * meanwhile are left for the next time. `anchor` is an entry that the chain must contain.
 */
export const walkChain = <E>(
  read: <A>(query: (db: Database) => A) => Effect.Effect<A, E>,
  anchor?: ChainHead
): Effect.Effect<AuditVerdict, E> =>
  Effect.gen(function* () {
    const { head, entries, beyond } = yield* read((db) => {
      const head = readHead(db)
      const row = db.get("SELECT count(*) AS entries, max(seq) AS last FROM audit WHERE seq <= ?", head.seq)
      const beyond = db.get("SELECT seq FROM audit WHERE seq > (SELECT seq FROM audit_head WHERE id = 1) LIMIT 1")
      return { head, entries: Number(row?.entries ?? 0), beyond: beyond === undefined ? undefined : Number(beyond.seq) }
    })
    const step = follow(sha256, anchor)
    let walk = start
    while (walk.broken === undefined) {
      const after = walk.head.seq
      const page = yield* read((db) =>
        db.all(
          "SELECT seq, at, event, hash FROM audit WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
          after,
          head.seq,
          pageSize
        )
      )
      if (page.length === 0) break
      for (const row of page) walk = step(walk, toLink(row))
      yield* Effect.yieldNow
    }
    walk = finish(walk, head, anchor)
    const why = "an entry stands behind the one that was recorded last"
    const broken = walk.broken ?? (beyond === undefined ? undefined : { seq: beyond, why })
    return { entries, head: walk.head.hash, broken }
  })
