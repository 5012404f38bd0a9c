/** What plugins keep, what they were granted, and how they described themselves. */
export const migration = {
  id: 5,
  name: "plugins",
  sql: [
    `CREATE TABLE plugin_kv (
      store TEXT NOT NULL, plugin TEXT NOT NULL, tenant TEXT NOT NULL, principal TEXT NOT NULL,
      key TEXT NOT NULL, value TEXT NOT NULL, bytes INTEGER NOT NULL,
      PRIMARY KEY (store, plugin, tenant, principal, key)
    ) STRICT`,
    `CREATE TABLE plugin_kv_usage (
      store TEXT NOT NULL, plugin TEXT NOT NULL, tenant TEXT NOT NULL, principal TEXT NOT NULL,
      keys INTEGER NOT NULL, bytes INTEGER NOT NULL,
      PRIMARY KEY (store, plugin, tenant, principal)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE plugin_grants (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      plugin TEXT NOT NULL, sha256 TEXT NOT NULL, grants TEXT NOT NULL, at INTEGER NOT NULL
    ) STRICT`,
    `CREATE INDEX plugin_grants_plugin ON plugin_grants (plugin, seq)`,
    `CREATE TABLE plugin_description (
      sha256 TEXT PRIMARY KEY, output TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`
  ]
} as const
