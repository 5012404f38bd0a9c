/** Named access tokens, as digests. */
export const migration = {
  id: 4,
  name: "tokens",
  sql: [
    `CREATE TABLE tokens (
      id TEXT PRIMARY KEY,
      tenant TEXT NOT NULL,
      name TEXT NOT NULL,
      scopes TEXT NOT NULL,
      digest TEXT NOT NULL UNIQUE,
      created_at INTEGER NOT NULL,
      expires_at INTEGER,
      revoked_at INTEGER,
      last_used_at INTEGER
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX tokens_name ON tokens (name)`
  ]
}
