/**
 * Questions to approvers, gone with their turns. `question` is the very text that `hash` is taken of: what is shown is
 * read from it. A turn that somebody let go on while it was still running notes that in `proceed`.
 */
export const migration = {
  id: 8,
  name: "approvals",
  sql: [
    `CREATE TABLE approvals (
      n INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      tenant TEXT NOT NULL,
      turn TEXT REFERENCES turns (id) ON DELETE CASCADE,
      key TEXT NOT NULL,
      question TEXT NOT NULL,
      hash TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      status TEXT NOT NULL,
      resolved_by TEXT,
      resolved_at INTEGER,
      reason TEXT
    ) STRICT`,
    `CREATE UNIQUE INDEX approvals_turn ON approvals (turn, key) WHERE turn IS NOT NULL`,
    `CREATE INDEX approvals_tenant ON approvals (tenant, n)`,
    `CREATE INDEX approvals_pending ON approvals (expires_at) WHERE status = 'pending'`,
    `ALTER TABLE turns ADD COLUMN proceed INTEGER NOT NULL DEFAULT 0`,
    `CREATE INDEX turns_waiting ON turns (session) WHERE status = 'waiting'`
  ] as ReadonlyArray<string>
} as const
