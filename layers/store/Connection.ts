/** One connection to the database file, with its statements prepared once. */
import { closeSync, openSync, statSync } from "node:fs"
import { dirname } from "node:path"
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"
import { makeFolder } from "../platform/PrivateFile.ts"
import type { Database, Row } from "./Store.ts"

/** Prepared statements kept per connection; the oldest leaves first, so that text made by a caller cannot grow it. */
const cachedStatements = 256

const statements = (raw: DatabaseSync): ((sql: string) => StatementSync) => {
  const cache = new Map<string, StatementSync>()
  return (sql) => {
    const known = cache.get(sql)
    if (known !== undefined) return known
    const statement = raw.prepare(sql)
    if (cache.size >= cachedStatements) {
      const oldest = cache.keys().next()
      if (oldest.done !== true) cache.delete(oldest.value)
    }
    cache.set(sql, statement)
    return statement
  }
}

/** The command's view of a connection. */
export const makeDatabase = (raw: DatabaseSync): Database => {
  const prepare = statements(raw)
  return {
    get: (sql: string, ...params: ReadonlyArray<SQLInputValue>): Row | undefined => prepare(sql).get(...params),
    all: (sql: string, ...params: ReadonlyArray<SQLInputValue>): ReadonlyArray<Row> => prepare(sql).all(...params),
    run: (sql: string, ...params: ReadonlyArray<SQLInputValue>): number => Number(prepare(sql).run(...params).changes),
    raw
  }
}

/** Waiting for another process is allowed to block while a database is opened, never afterwards. */
const openTimeout = 5_000

/** Creates the file for its owner alone; folders only where none is there, so that no foreign folder is touched. */
const createPrivate = (path: string): void => {
  makeFolder(dirname(path))
  closeSync(openSync(path, "a", 0o600))
}

/**
 * SQLite would put pages that a command may have to undo, and rows that it sorts, into files under /var/tmp: people's words
 * outside the state folder, and as many writes again as the log itself takes.
 */
const keepToMemory = "PRAGMA temp_store = MEMORY"

/**
 * Pages in the log from which on a commit brings them into the database, 16 MiB: with SQLite's own 1,000 one in sixteen
 * commits of a busy ledger waits for that. Those that change all the time are brought over once instead of four times.
 */
const checkpointPages = 4_000

/**
 * The one connection that writes. It waits for no lock by itself: a blocking wait would stop the whole process, so
 * the writer retries between turns of the event loop. Throws SQLite's and the file system's errors.
 */
export const openWriter = (path: string): DatabaseSync => {
  if (path !== ":memory:") createPrivate(path)
  const raw = new DatabaseSync(path, { timeout: openTimeout, enableForeignKeyConstraints: true })
  try {
    raw.exec("PRAGMA secure_delete = ON")
    raw.exec(keepToMemory)
    raw.exec("PRAGMA journal_mode = WAL")
    raw.exec(`PRAGMA wal_autocheckpoint = ${checkpointPages}`)
    raw.exec("PRAGMA journal_size_limit = 67108864")
    return raw
  } catch (cause) {
    // Not a database, or damaged: no handle stays open on it.
    raw.close()
    throw cause
  }
}

/**
 * Whether the file that is at `path` now still stands there when asked later: SQLite itself goes on writing to a file
 * that was deleted, and all of it is gone with the process.
 */
export const watchPlace = (path: string): (() => boolean) => {
  if (path === ":memory:") return () => true
  const { dev, ino } = statSync(path)
  return () => {
    const now = statSync(path, { throwIfNoEntry: false })
    return now?.ino === ino && now.dev === dev
  }
}

/** Ends the time in which a lock may block the process. */
export const neverBlock = (raw: DatabaseSync): void => raw.exec("PRAGMA busy_timeout = 0")

/** A connection that cannot write. Throws SQLite's errors. */
export const openReader = (path: string): DatabaseSync => {
  const raw = new DatabaseSync(path, { readOnly: true, timeout: 250, enableForeignKeyConstraints: true })
  raw.exec(keepToMemory)
  return raw
}
