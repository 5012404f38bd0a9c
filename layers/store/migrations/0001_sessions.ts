/**
 * Sessions, turns, events and steps. What a turn said lives once, in its `text` events; what the user said, in
 * `turns.content`.
 */
export const migration = {
  id: 1,
  name: "sessions",
  sql: [
    `CREATE TABLE sessions (
      id TEXT PRIMARY KEY,
      tenant TEXT NOT NULL,
      principal TEXT NOT NULL,
      shown TEXT NOT NULL,
      key TEXT NOT NULL,
      shared INTEGER NOT NULL,
      turns INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      lease TEXT
    ) STRICT`,
    `CREATE INDEX sessions_by_owner ON sessions (tenant, principal, updated_at)`,
    `CREATE INDEX sessions_by_key ON sessions (tenant, shown)`,
    `CREATE INDEX sessions_leased ON sessions (lease) WHERE lease IS NOT NULL`,
    `CREATE TABLE turns (
      n INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
      tenant TEXT NOT NULL,
      principal TEXT NOT NULL,
      scopes TEXT NOT NULL,
      idempotency_key TEXT,
      content TEXT NOT NULL,
      max_tokens INTEGER,
      status TEXT NOT NULL,
      stop_reason TEXT,
      error TEXT,
      receipt TEXT,
      cancel INTEGER NOT NULL DEFAULT 0,
      last_seq INTEGER NOT NULL,
      attempt_after INTEGER NOT NULL DEFAULT 0,
      accepted_at INTEGER NOT NULL,
      finished_at INTEGER
    ) STRICT`,
    `CREATE INDEX turns_by_session ON turns (session, n)`,
    `CREATE INDEX turns_open ON turns (session, n) WHERE status IN ('accepted', 'running')`,
    `CREATE INDEX turns_by_key ON turns (tenant, principal, idempotency_key) WHERE idempotency_key IS NOT NULL`,
    `CREATE TABLE turn_events (
      turn TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
      seq INTEGER NOT NULL,
      type TEXT NOT NULL,
      data TEXT NOT NULL,
      PRIMARY KEY (turn, seq)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE turn_steps (
      turn TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
      n INTEGER NOT NULL,
      data TEXT NOT NULL,
      PRIMARY KEY (turn, n)
    ) STRICT, WITHOUT ROWID`
  ] as ReadonlyArray<string>
} as const
