/** The journal as forgetting sees it, on the embedded database. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { TurnId } from "../../src/domain/Ids.ts"
import { Journal } from "../../src/memory/Forgetting.ts"
import { MemoryError, MemoryUnavailable } from "../../src/memory/MemoryError.ts"
import { type Database, Store } from "../store/Store.ts"
import { SqliteWriter } from "../store/SqliteStore.ts"

const unavailable = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, MemoryError> =>
  Effect.mapError(effect, (cause) => new MemoryError({ reason: new MemoryUnavailable({ cause }) }))

const ofScope = `FROM turns JOIN sessions ON sessions.id = turns.session
  WHERE turns.tenant = ? AND turns.principal = ? AND json_extract(sessions.key, '$.agent') = ?`

const erase = (db: Database, turns: ReadonlyArray<TurnId>): number => {
  let gone = 0
  const sessions = new Set<string>()
  for (const turn of turns) {
    const row = db.get("SELECT session FROM turns WHERE id = ?", turn)
    if (row === undefined) continue
    sessions.add(String(row["session"]))
    gone += db.run("DELETE FROM turns WHERE id = ? AND status NOT IN ('accepted', 'running', 'waiting')", turn)
  }
  for (const session of sessions) {
    db.run("UPDATE sessions SET turns = (SELECT count(*) FROM turns WHERE session = ?1) WHERE id = ?1", session)
  }
  return gone
}

/** Turns that are looked at, and deleted, at once. */
const expiring = 200

/**
 * Turns are numbered in the order they were accepted in: behind the first that is young enough nothing is looked at, but
 * for those that a clock which went ahead has dated.
 */
const expired = (db: Database, before: number, now: number): ReadonlyArray<TurnId> => {
  const found: Array<TurnId> = []
  for (let after = 0; found.length < expiring;) {
    const rows = db.all("SELECT n, id, accepted_at, status FROM turns WHERE n > ? ORDER BY n LIMIT ?", after, expiring)
    for (const { accepted_at: at, id, status } of rows) {
      if (Number(at) > now) continue
      if (Number(at) >= before) return found
      if (!open.has(String(status))) found.push(String(id) as TurnId)
    }
    const last = rows.at(-1)
    if (last === undefined) break
    after = Number(last["n"])
  }
  return found
}
const open = new Set(["accepted", "running", "waiting"])

const make = Effect.gen(function* () {
  const store = yield* Store
  const writer = yield* SqliteWriter
  const read = <A>(query: (db: Database) => A) => unavailable(store.read(query))
  return Journal.of({
    count: ({ agent, principal, tenant }) =>
      read((db) => Number(db.get(`SELECT count(*) AS n ${ofScope}`, tenant, principal, agent)?.["n"])),
    page: ({ agent, principal, tenant }, after, limit) =>
      read((db) =>
        db
          .all(
            `SELECT turns.n, turns.id, turns.content ${ofScope} AND turns.n > ? ORDER BY turns.n LIMIT ?`,
            tenant,
            principal,
            agent,
            after,
            limit
          )
          .map((row) => {
            const turn = String(row["id"]) as TurnId
            // an answer is many events: what a word begins with may stand in one, and its end in the next
            const said = db
              .all("SELECT data FROM turn_events WHERE turn = ? AND type = 'text' ORDER BY seq", turn)
              .map(({ data }) => (JSON.parse(String(data)) as { readonly text: string }).text)
            const others = db
              .all("SELECT data FROM turn_events WHERE turn = ? AND type <> 'text' ORDER BY seq", turn)
              .map(({ data }) => String(data))
            // what whoever approved or refused wrote beside it
            const reasons = db
              .all("SELECT reason FROM approvals WHERE turn = ? AND reason IS NOT NULL", turn)
              .map(({ reason }) => String(reason))
            const texts = [String(row["content"]), said.join(""), ...others, ...reasons]
            return { place: Number(row["n"]), turn, texts }
          })
      ),
    erase: ({ agent, principal, tenant }, turns) =>
      unavailable(
        store.write((db) => {
          const own = new Set(
            db.all(`SELECT turns.id ${ofScope}`, tenant, principal, agent).map(({ id }) => String(id))
          )
          return erase(
            db,
            turns.filter((turn) => own.has(turn))
          )
        }, "full")
      ),
    expire: Effect.fnUntraced(function* (before, now) {
      const turns = yield* read((db) => expired(db, before, now))
      return turns.length === 0 ? 0 : yield* unavailable(store.write((db) => erase(db, turns), "normal"))
    }),
    pluginTexts: ({ principal, tenant }) =>
      read((db) =>
        db
          .all("SELECT key, value FROM plugin_kv WHERE tenant = ? AND principal = ?", tenant, principal)
          .map(({ key, value }) => `${String(key)} ${String(value)}`)
      ),
    scrub: Effect.try({
      // answers with whether it was kept from it, and how many pages are left
      try: () => Number(writer.db.get("PRAGMA wal_checkpoint(TRUNCATE)")?.["busy"] ?? 0) === 0,
      catch: (cause) => new MemoryError({ reason: new MemoryUnavailable({ cause }) })
    }).pipe(writer.lock.withPermits(1))
  })
})

export const layer: Layer.Layer<Journal, never, Store | SqliteWriter> = Layer.effect(Journal, make)
