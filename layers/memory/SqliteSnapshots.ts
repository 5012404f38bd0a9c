/** Indexes of large scopes on the embedded database, in parts that each are a short transaction. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { crc32 } from "node:zlib"
import { MemoryError, MemoryUnavailable } from "../../src/memory/MemoryError.ts"
import type { MemoryScope } from "../../src/memory/MemoryScope.ts"
import { type SnapshotBytes, Snapshots } from "../../src/memory/Snapshots.ts"
import { type Database, type Row, Store } from "../store/Store.ts"
import { scopeRow } from "./TurnRows.ts"

const unavailable = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, MemoryError> =>
  Effect.mapError(effect, (cause) => new MemoryError({ reason: new MemoryUnavailable({ cause }) }))

/** Bytes of a part: some tenths of a millisecond of the writer's time. */
const partLength = 128 * 1024

/** How many parts there are, how many bytes in all, and their sum. */
const stampOf = (bytes: Uint8Array): string =>
  `${Math.ceil(bytes.length / partLength)}.${bytes.length}.${crc32(bytes).toString(16)}`

/** Of parts in their order; each is let go as soon as it is copied, or all would be there twice. */
const joined = (rows: Iterable<Row>): SnapshotBytes | undefined => {
  let stamp: string | undefined
  let bytes = new Uint8Array()
  let at = 0
  for (const row of rows) {
    const part = row["bytes"] as Uint8Array<ArrayBuffer>
    if (stamp === undefined) {
      stamp = String(row["stamp"])
      const [count = 0, length = -1] = stamp.split(".").map(Number)
      if (count !== row["parts"] || !(length >= 0 && length <= count * partLength)) return undefined
      bytes = new Uint8Array(length)
    }
    // parts of two processes, or of an attempt that was cut off
    if (row["stamp"] !== stamp || at + part.length > bytes.length) return undefined
    bytes.set(part, at)
    at += part.length
    part.buffer.transfer(0)
  }
  return stamp !== undefined && stampOf(bytes) === stamp ? bytes : undefined
}

const select = `SELECT stamp, bytes, (SELECT count(*) FROM memory_snapshots WHERE scope = ?1) AS parts
  FROM memory_snapshots WHERE scope = ?1 ORDER BY part`

/** False where the scope has changed: then all of it is stale, also what was written of it. */
const put = (db: Database, scope: MemoryScope, generation: string, part: number, stamp: string, bytes: Uint8Array) => {
  const row = scopeRow(db, scope)
  if (row === undefined || row.generation !== generation) return false
  if (part === 0) db.run("DELETE FROM memory_snapshots WHERE scope = ?", row.id)
  db.run(
    "INSERT OR REPLACE INTO memory_snapshots (scope, part, stamp, bytes) VALUES (?, ?, ?, ?)",
    row.id,
    part,
    stamp,
    bytes
  )
  return true
}

const make = Effect.map(Store, (store) => ({
  read: (scope: MemoryScope) =>
    unavailable(
      store.read((db) => {
        const row = scopeRow(db, scope)
        return row === undefined ? undefined : joined(db.raw.prepare(select).iterate(row.id))
      })
    ),
  keep: Effect.fnUntraced(function* (scope: MemoryScope, generation: string, bytes: SnapshotBytes) {
    const stamp = stampOf(bytes)
    for (let part = 0, from = 0; from < bytes.length; part++, from += partLength) {
      const some = bytes.subarray(from, from + partLength)
      const isFresh = yield* unavailable(store.write((db) => put(db, scope, generation, part, stamp, some), "normal"))
      if (!isFresh) return
      // others come between two parts
      yield* Effect.yieldNow
    }
  })
}))

export const layer: Layer.Layer<never, never, Store> = Layer.effect(Snapshots, make)
