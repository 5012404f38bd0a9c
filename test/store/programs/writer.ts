/**
 * Writes numbered rows, each with an audit entry and a counter's next value, and prints a row's name once it is
 * answered for. Arguments: the database, a name, how many rows (0: without end).
 */
import * as Effect from "effect/Effect"
import { writeSync } from "node:fs"
import { layer } from "../../../layers/store/SqliteStore.ts"
import { appendEntry } from "../../../layers/audit/SqliteAudit.ts"
import { Store } from "../../../layers/store/Store.ts"

const [path = "", name = "", count = "0"] = process.argv.slice(2)
const last = count === "0" ? Number.MAX_SAFE_INTEGER : Number(count)

const program = Effect.gen(function* () {
  const store = yield* Store
  yield* store.write((db) => {
    db.raw.exec("CREATE TABLE IF NOT EXISTS receipts (name TEXT PRIMARY KEY) STRICT")
    db.raw.exec("CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY, value INTEGER NOT NULL) STRICT")
    db.raw.exec("INSERT OR IGNORE INTO counter VALUES (1, 0)")
  })
  let next = 0
  const worker = Effect.gen(function* () {
    while (next < last) {
      const row = `${name}:${next++}`
      yield* store.write(
        (db) => {
          const value = Number(db.get("SELECT value FROM counter WHERE id = 1")?.value)
          db.run("UPDATE counter SET value = ? WHERE id = 1", value + 1)
          db.run("INSERT INTO receipts VALUES (?)", row)
          appendEntry(
            db,
            { kind: "budget.settled", tenant: "default", principal: "local", outcome: "ok", data: { input: row } },
            value
          )
        },
        next % 2 === 0 ? "full" : "normal"
      )
      writeSync(1, `${row}\n`)
    }
  })
  yield* Effect.all([worker, worker, worker, worker], { concurrency: "unbounded", discard: true })
})

await Effect.runPromise(Effect.provide(program, layer(path)))
