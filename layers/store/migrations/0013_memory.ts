/**
 * Episodic memory. A scope is tenant, agent and principal; its rows lie together, by its number, which is never used
 * twice. What the journal has said stays in the journal: `text` is null where `turn` has it. `generation` counts what
 * was changed or deleted, so that whoever derived something from the rows knows; `last` is the highest place given.
 * `turns.remembered` is 1 once memory has a finished turn, and stays so when memory is told to forget it.
 */
export const migration = {
  id: 13,
  name: "memory",
  sql: [
    `CREATE TABLE memory_scopes (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      tenant TEXT NOT NULL,
      agent TEXT NOT NULL,
      principal TEXT NOT NULL,
      generation INTEGER NOT NULL DEFAULT 0,
      last INTEGER NOT NULL DEFAULT 0,
      UNIQUE (tenant, agent, principal)
    ) STRICT`,
    `CREATE TABLE memory_turns (
      scope INTEGER NOT NULL REFERENCES memory_scopes (id) ON DELETE CASCADE,
      n INTEGER NOT NULL,
      id TEXT NOT NULL,
      turn TEXT REFERENCES turns (id) ON DELETE CASCADE,
      conversation TEXT NOT NULL,
      at INTEGER NOT NULL,
      role TEXT NOT NULL,
      speaker TEXT,
      tokens INTEGER NOT NULL,
      embedder TEXT NOT NULL,
      features BLOB NOT NULL,
      text TEXT,
      PRIMARY KEY (scope, n)
    ) STRICT, WITHOUT ROWID`,
    `CREATE UNIQUE INDEX memory_turns_by_id ON memory_turns (scope, id)`,
    `CREATE INDEX memory_turns_by_embedder ON memory_turns (scope, embedder)`,
    `CREATE INDEX memory_turns_by_turn ON memory_turns (turn) WHERE turn IS NOT NULL`,
    `CREATE TRIGGER memory_turns_gone AFTER DELETE ON memory_turns BEGIN
      UPDATE memory_scopes SET generation = generation + 1 WHERE id = OLD.scope;
    END`,
    `CREATE TRIGGER memory_turns_changed AFTER UPDATE ON memory_turns BEGIN
      UPDATE memory_scopes SET generation = generation + 1 WHERE id = OLD.scope;
    END`,
    `ALTER TABLE turns ADD COLUMN remembered INTEGER NOT NULL DEFAULT 0`,
    `CREATE INDEX turns_unremembered ON turns (n) WHERE remembered = 0 AND status = 'done'`
  ] as ReadonlyArray<string>
} as const
