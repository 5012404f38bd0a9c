/** `Audit` in the store. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { Audit, type AuditKeyUnusable, type AuditQuery, AuditUnavailable } from "../../src/audit/Audit.ts"
import { type AuditEntry, AuditEvent } from "../../src/audit/AuditEvent.ts"
import type { Trust } from "../../src/audit/Checkpoint.ts"
import { appendEntry } from "../store/AuditRows.ts"
import { type Database, type Row, Store } from "../store/Store.ts"
import { walkChain } from "./walk.ts"

export { appendEntry } from "../store/AuditRows.ts"

const decodeEvent = Schema.decodeUnknownEffect(Schema.fromJsonString(AuditEvent))

/** Whatever happens below, whoever depends on the log is told that it is not available. */
const guarded = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, AuditUnavailable> =>
  effect.pipe(
    Effect.mapError((cause) => new AuditUnavailable({ cause })),
    Effect.catchDefect((cause) => Effect.fail(new AuditUnavailable({ cause })))
  )

const select = (query: AuditQuery) => (db: Database) => {
  const where = ["seq > ?"]
  const params: Array<string | number> = [query.after ?? 0]
  if (query.kind !== undefined) {
    where.push("kind = ?")
    params.push(query.kind)
  }
  if (query.tenant !== undefined) {
    // The second condition, where it holds, opens the partial index.
    where.push(query.tenant === "default" ? "tenant = ?" : "tenant = ? AND tenant <> 'default'")
    params.push(query.tenant)
  }
  const limit = Math.min(1_000, Math.max(1, query.limit))
  return db.all(
    `SELECT seq, at, event, hash FROM audit WHERE ${where.join(" AND ")} ORDER BY seq LIMIT ?`,
    ...params,
    limit
  )
}

const toEntry = (row: Row): Effect.Effect<AuditEntry, Schema.SchemaError> =>
  Effect.map(decodeEvent(row.event), (event) => ({
    seq: Number(row.seq),
    at: Number(row.at),
    event,
    hash: String(row.hash)
  }))

/** `trust` is asked at every verification. */
export const layerTrusting = (trust: Effect.Effect<Trust, AuditKeyUnusable>): Layer.Layer<Audit, never, Store> =>
  Layer.effect(
    Audit,
    Effect.map(Store, (store) =>
      Audit.of({
        append: Effect.fn("Audit.append")(function* (event: AuditEvent) {
          const at = yield* Clock.currentTimeMillis
          yield* guarded(store.write((db) => appendEntry(db, event, at), "full"))
        }),
        query: Effect.fn("Audit.query")(function* (query: AuditQuery) {
          return yield* guarded(Effect.flatMap(store.read(select(query)), (rows) => Effect.forEach(rows, toEntry)))
        }),
        verify: guarded(Effect.flatMap(trust, (trust) => walkChain(store.read, trust)))
      })
    )
  )

/** Without keys: signatures are checked against the keys they name. */
export const layer: Layer.Layer<Audit, never, Store> = layerTrusting(Effect.succeed({}))
