/**
 * Indexes of recall, cut into parts. Derived from `memory_turns`, and gone with any row of it that is deleted or changed;
 * what was appended since is read behind it. `stamp` is the same in all parts of one, and says how many there are.
 */
export const migration = {
  id: 17,
  name: "snapshots",
  sql: [
    `CREATE TABLE memory_snapshots (
      scope INTEGER NOT NULL REFERENCES memory_scopes (id) ON DELETE CASCADE,
      part INTEGER NOT NULL,
      stamp TEXT NOT NULL,
      bytes BLOB NOT NULL,
      UNIQUE (scope, part)
    ) STRICT`,
    `CREATE TRIGGER memory_snapshots_gone AFTER DELETE ON memory_turns BEGIN
      DELETE FROM memory_snapshots WHERE scope = OLD.scope;
    END`,
    `CREATE TRIGGER memory_snapshots_stale AFTER UPDATE ON memory_turns BEGIN
      DELETE FROM memory_snapshots WHERE scope = OLD.scope;
    END`,
    // whoever counts or forgets what one principal said reads nobody else's turns
    `CREATE INDEX turns_by_principal ON turns (tenant, principal, n)`
  ] as ReadonlyArray<string>
} as const
