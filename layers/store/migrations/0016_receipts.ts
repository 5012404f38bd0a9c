/**
 * What a receipt needs beside a charge: how much of it the input made, and what the vendor's cache saved; and, for each
 * turn and tool, how often it ran and what its results cost in prompts. Neither holds a text, and both outlive a session
 * that is cleared, as all numbers do.
 */
export const migration = {
  id: 16,
  name: "receipts",
  sql: [
    `ALTER TABLE charges ADD COLUMN input_micros INTEGER NOT NULL DEFAULT 0`,
    `ALTER TABLE charges ADD COLUMN saved_micros INTEGER NOT NULL DEFAULT 0`,
    `CREATE TABLE tool_usage (
      turn TEXT NOT NULL,
      tool TEXT NOT NULL,
      tenant TEXT NOT NULL,
      principal TEXT NOT NULL,
      at INTEGER NOT NULL,
      calls INTEGER NOT NULL,
      errors INTEGER NOT NULL,
      ms INTEGER NOT NULL,
      prompt_tokens INTEGER NOT NULL,
      cost_micros INTEGER NOT NULL,
      PRIMARY KEY (turn, tool)
    ) STRICT, WITHOUT ROWID`,
    // of another shape: they are made anew from the ledger
    `UPDATE turns SET receipt = NULL WHERE receipt IS NOT NULL`,
    `CREATE INDEX tool_usage_at ON tool_usage (at)`
  ] as ReadonlyArray<string>
} as const
