/**
 * Jobs and their slots. `cursor` is the slot up to which all is done, Unix milliseconds; it never goes back. A slot is
 * a row, made in the transaction that journals its turn; those without a turn were skipped. `due` is null for runs
 * that somebody asked for. `paused` is null until somebody pauses or resumes the job.
 */
export const migration = {
  id: 10,
  name: "schedule",
  sql: [
    `CREATE TABLE schedule_jobs (
      job TEXT PRIMARY KEY,
      plan TEXT NOT NULL,
      cursor INTEGER NOT NULL,
      paused INTEGER
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE schedule_slots (
      job TEXT NOT NULL,
      slot TEXT NOT NULL,
      due INTEGER,
      turn TEXT,
      outcome TEXT NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (job, slot)
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX schedule_slots_at ON schedule_slots (job, at)`
  ] as ReadonlyArray<string>
} as const
