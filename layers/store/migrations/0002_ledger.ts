export const migration = { id: 2, name: "ledger", sql: [] as ReadonlyArray<string> }
