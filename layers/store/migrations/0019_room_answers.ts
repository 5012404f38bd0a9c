/**
 * Answers that agents owe to rooms of the bus: noted before their turns are asked for, struck out when they were said. Who
 * asked and where, and no text: that is the turn's.
 */
export const migration = {
  id: 19,
  name: "room_answers",
  sql: [
    `CREATE TABLE room_answers (
      tenant TEXT NOT NULL,
      agent TEXT NOT NULL,
      key TEXT NOT NULL,
      principal TEXT NOT NULL,
      scopes TEXT NOT NULL,
      room TEXT NOT NULL,
      channel TEXT NOT NULL,
      message TEXT NOT NULL,
      instance TEXT NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (tenant, agent, key)
    ) STRICT, WITHOUT ROWID`
  ] as ReadonlyArray<string>
} as const
