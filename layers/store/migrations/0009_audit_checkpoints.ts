/** Signed places of the audit chain, and how far its beginning was taken out. */
export const migration = {
  id: 9,
  name: "audit_checkpoints",
  sql: [
    // What is signed names the log, so that nothing signed for another one counts here.
    `CREATE TABLE audit_log (id INTEGER PRIMARY KEY CHECK (id = 1), log TEXT NOT NULL) STRICT`,
    `INSERT INTO audit_log VALUES (1, lower(hex(randomblob(16))))`,
    `CREATE TABLE audit_checkpoints (
      seq INTEGER PRIMARY KEY,
      hash TEXT NOT NULL,
      at INTEGER NOT NULL,
      key TEXT NOT NULL,
      signature TEXT NOT NULL
    ) STRICT`,
    `CREATE TABLE audit_pruned (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      seq INTEGER NOT NULL,
      hash TEXT NOT NULL,
      at INTEGER NOT NULL,
      key TEXT NOT NULL,
      signature TEXT NOT NULL
    ) STRICT`,
    // Deleted is only what a signed row in audit_pruned has taken the place of.
    `DROP TRIGGER audit_no_delete`,
    ...["audit", "audit_checkpoints"].map(
      (table) => `CREATE TRIGGER ${table}_no_delete BEFORE DELETE ON ${table}
        WHEN OLD.seq > coalesce((SELECT seq FROM audit_pruned WHERE id = 1), 0)
        BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END`
    ),
    `CREATE TRIGGER audit_checkpoints_no_update BEFORE UPDATE ON audit_checkpoints
      BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END`
  ]
}
