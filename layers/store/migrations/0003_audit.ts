/** The chain's entries and its head, which every append moves in the same transaction. */
export const migration = {
  id: 3,
  name: "audit",
  sql: [
    // `kind` and `tenant` are read out of the hashed text, so that no query sees anything the chain does not cover.
    `CREATE TABLE audit (
      seq INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      event TEXT NOT NULL,
      hash TEXT NOT NULL,
      kind TEXT GENERATED ALWAYS AS (event ->> '$.kind') VIRTUAL,
      tenant TEXT GENERATED ALWAYS AS (event ->> '$.tenant') VIRTUAL
    ) STRICT`,
    `CREATE INDEX audit_kind ON audit (kind, seq)`,
    // Where one tenant has everything, an index on it would only cost.
    `CREATE INDEX audit_tenant ON audit (tenant, seq) WHERE tenant <> 'default'`,
    `CREATE TABLE audit_head (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      seq INTEGER NOT NULL,
      hash TEXT NOT NULL
    ) STRICT`,
    `INSERT INTO audit_head VALUES (1, 0, '${"0".repeat(64)}')`,
    `CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END`,
    `CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END`
  ]
}
