/**
 * Semantic memory. A row is a statement, `stated` as it was made; the columns behind it are folded from all statements of
 * the scope and are written anew where one of them is deleted, by whoever reads next (`facts_stale`). `facts_last` is the
 * highest number given. `memory_entities` is derived too.
 */
export const migration = {
  id: 14,
  name: "facts",
  sql: [
    `ALTER TABLE memory_scopes ADD COLUMN facts_last INTEGER NOT NULL DEFAULT 0`,
    `ALTER TABLE memory_scopes ADD COLUMN facts_stale INTEGER NOT NULL DEFAULT 0`,
    `CREATE TABLE memory_facts (
      scope INTEGER NOT NULL REFERENCES memory_scopes (id) ON DELETE CASCADE,
      n INTEGER NOT NULL,
      turn TEXT REFERENCES turns (id) ON DELETE CASCADE,
      origin TEXT NOT NULL,
      at INTEGER NOT NULL,
      day INTEGER NOT NULL,
      stated TEXT NOT NULL,
      entity INTEGER NOT NULL,
      object INTEGER,
      attribute TEXT NOT NULL,
      value TEXT NOT NULL,
      key TEXT NOT NULL,
      slot TEXT,
      status TEXT NOT NULL,
      confidence REAL NOT NULL,
      from_day INTEGER,
      until_day INTEGER,
      by_n INTEGER,
      PRIMARY KEY (scope, n)
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX memory_facts_of ON memory_facts (scope, entity, attribute)`,
    `CREATE INDEX memory_facts_to ON memory_facts (scope, object) WHERE object IS NOT NULL`,
    `CREATE INDEX memory_facts_by_value ON memory_facts (scope, key)`,
    `CREATE INDEX memory_facts_by_turn ON memory_facts (turn) WHERE turn IS NOT NULL`,
    `CREATE TABLE memory_entities (
      scope INTEGER NOT NULL REFERENCES memory_scopes (id) ON DELETE CASCADE,
      id INTEGER NOT NULL,
      owner INTEGER,
      role TEXT,
      head TEXT,
      name TEXT,
      key TEXT,
      last INTEGER NOT NULL,
      PRIMARY KEY (scope, id)
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX memory_entities_by_role ON memory_entities (scope, owner, head)`,
    `CREATE INDEX memory_entities_by_head ON memory_entities (scope, head)`,
    `CREATE INDEX memory_entities_by_name ON memory_entities (scope, key)`,
    // "Anna" finds Anna Schmidt
    `CREATE INDEX memory_entities_by_first ON memory_entities (scope, substr(key, 1, instr(key || ' ', ' ') - 1))`,
    `CREATE TRIGGER memory_facts_gone AFTER DELETE ON memory_facts BEGIN
      UPDATE memory_scopes SET facts_stale = 1 WHERE id = OLD.scope;
    END`
  ] as ReadonlyArray<string>
} as const
