/**
 * Queries where the pages already are. Each commit makes another connection forget all that it has read, and a turn reads
 * some thirty times between its ten commits: the connection that writes has its pages still.
 */
import { isBusy } from "./SqliteFault.ts"
import type { Database } from "./Store.ts"

/** Nothing that begins with this word changes a database. */
const onlyReads = /^\s*SELECT\b/i

/**
 * What `reader` would answer, and refuse: SELECT runs on `writer` while that is in no transaction, for inside one it
 * would see what is not committed. What else there is, and what the writer would have to wait for, runs on `reader`.
 */
export const readThrough = (writer: Database, reader: Database): Database => {
  const run = <A>(sql: string, query: (db: Database) => A): A => {
    if (writer.raw.isTransaction || reader.raw.isTransaction || !onlyReads.test(sql)) return query(reader)
    try {
      return query(writer)
    } catch (cause) {
      if (!isBusy(cause)) throw cause
      return query(reader)
    }
  }
  return {
    get: (sql, ...params) => run(sql, (db) => db.get(sql, ...params)),
    all: (sql, ...params) => run(sql, (db) => db.all(sql, ...params)),
    run: reader.run,
    raw: reader.raw
  }
}
