/** How many tokens a model counts for one that we estimate. */
export const migration = {
  id: 7,
  name: "token_factors",
  sql: [
    `CREATE TABLE token_factors (
      provider TEXT NOT NULL,
      model TEXT NOT NULL,
      factor REAL NOT NULL,
      samples INTEGER NOT NULL,
      PRIMARY KEY (provider, model)
    ) STRICT, WITHOUT ROWID`
  ]
}
