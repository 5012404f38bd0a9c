export const migration = { id: 5, name: "plugins", sql: [] as ReadonlyArray<string> }
