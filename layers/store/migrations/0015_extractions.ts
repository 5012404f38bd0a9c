/**
 * Messages whose facts a model finds, journalled: `due` is the Unix time in milliseconds from which on it may be asked,
 * null once it is done with; `attempts` is how often a vendor was asked. What is deleted with its turn is not asked about.
 */
export const migration = {
  id: 15,
  name: "extractions",
  sql: [
    `CREATE TABLE memory_extractions (
      turn TEXT PRIMARY KEY REFERENCES turns (id) ON DELETE CASCADE,
      due INTEGER,
      attempts INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX memory_extractions_due ON memory_extractions (due) WHERE due IS NOT NULL`
  ] as ReadonlyArray<string>
} as const
