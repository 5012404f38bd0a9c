/** What plugins imported and who signed them when they were granted something, and which files an operator agreed to. */
export const migration = {
  id: 6,
  name: "plugin_trust",
  sql: [
    `ALTER TABLE plugin_grants ADD COLUMN imports TEXT`,
    `ALTER TABLE plugin_grants ADD COLUMN publisher TEXT`,
    `CREATE TABLE plugin_consent (
      plugin TEXT NOT NULL, sha256 TEXT NOT NULL, tenant TEXT NOT NULL, principal TEXT NOT NULL, at INTEGER NOT NULL,
      PRIMARY KEY (plugin, sha256)
    ) STRICT, WITHOUT ROWID`
  ]
} as const
