/**
 * The budget ledger: what is spent and held in every account, the holds under way with what is known of them, and every
 * settled call. A hold leaves `holds` in the transaction that writes its charge.
 */
export const migration = {
  id: 2,
  name: "ledger",
  sql: [
    `CREATE TABLE instances (
      id TEXT PRIMARY KEY,
      pid INTEGER NOT NULL,
      start_ticks TEXT NOT NULL,
      started_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE balances (
      account TEXT PRIMARY KEY,
      spent_tokens INTEGER NOT NULL CHECK (spent_tokens >= 0),
      held_tokens INTEGER NOT NULL CHECK (held_tokens >= 0),
      spent_micros INTEGER NOT NULL CHECK (spent_micros >= 0),
      held_micros INTEGER NOT NULL CHECK (held_micros >= 0),
      warned INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE holds (
      id TEXT PRIMARY KEY,
      instance TEXT NOT NULL,
      record TEXT NOT NULL,
      evidence TEXT
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE charges (
      n INTEGER PRIMARY KEY,
      hold TEXT NOT NULL UNIQUE,
      tenant TEXT NOT NULL,
      principal TEXT NOT NULL,
      agent TEXT NOT NULL,
      session TEXT NOT NULL,
      turn TEXT NOT NULL,
      provider TEXT NOT NULL,
      model TEXT NOT NULL,
      day TEXT NOT NULL,
      input INTEGER NOT NULL,
      output INTEGER NOT NULL,
      cache_read INTEGER NOT NULL,
      cache_write INTEGER NOT NULL,
      reported TEXT,
      cost_micros INTEGER NOT NULL,
      price_version TEXT,
      basis TEXT NOT NULL,
      flagged INTEGER NOT NULL,
      alarm INTEGER NOT NULL,
      held_tokens INTEGER NOT NULL,
      held_micros INTEGER NOT NULL,
      held_at INTEGER NOT NULL,
      settled_at INTEGER NOT NULL
    ) STRICT`,
    `CREATE INDEX charges_turn ON charges (turn)`,
    `CREATE INDEX charges_held ON charges (held_at)`,
    `CREATE INDEX charges_alarm ON charges (provider, model) WHERE alarm = 1`
  ] as ReadonlyArray<string>
} as const
