/** Brings a database to the schema of this version, in one transaction, or refuses one from a newer version. */
import type { DatabaseSync } from "node:sqlite"
import type { Migration } from "./migrations/index.ts"
import { storeError } from "./SqliteFault.ts"

const applied = (raw: DatabaseSync): ReadonlySet<number> => {
  const table = raw.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'").get()
  if (table === undefined) return new Set()
  return new Set(
    raw
      .prepare("SELECT id FROM migrations")
      .all()
      .map((row) => Number(row.id))
  )
}

const missing = (raw: DatabaseSync, migrations: ReadonlyArray<Migration>, path: string): ReadonlyArray<Migration> => {
  const done = applied(raw)
  const known = new Set(migrations.map((migration) => migration.id))
  if ([...done].some((id) => !known.has(id))) throw storeError("newer_schema", path)
  return migrations.filter((migration) => !done.has(migration.id))
}

/** Applies what is missing, in order. Throws a `StoreError` or SQLite's error, with nothing changed. */
export const migrate = (raw: DatabaseSync, migrations: ReadonlyArray<Migration>, path: string): void => {
  if (missing(raw, migrations, path).length === 0) return
  raw.exec("BEGIN IMMEDIATE")
  try {
    raw.exec("CREATE TABLE IF NOT EXISTS migrations (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT")
    // Asked again inside the transaction: another process may have been first.
    for (const { id, name, sql } of missing(raw, migrations, path)) {
      for (const statement of sql) raw.exec(statement)
      raw.prepare("INSERT INTO migrations VALUES (?, ?)").run(id, name)
    }
    raw.exec("COMMIT")
  } catch (cause) {
    if (raw.isTransaction) raw.exec("ROLLBACK")
    throw cause
  }
}
