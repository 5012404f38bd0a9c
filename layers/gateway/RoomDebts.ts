/** The answers that agents owe to rooms, in the store: a gateway that stops before it has said one says it when it is back. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ChannelName, type ChannelRef, RoomName } from "../../src/bus/ChannelName.ts"
import { AgentId, IdempotencyKey, PrincipalId, TenantId } from "../../src/domain/Ids.ts"
import type { InstanceFacts } from "../../src/domain/Instance.ts"
import { Scope } from "../../src/identity/Scope.ts"
import { isAlive } from "../platform/ProcessLiveness.ts"
import { type Database, type Row, Store, type StoreError } from "../store/Store.ts"

export interface Debt {
  readonly agent: AgentId
  readonly channel: ChannelRef
  /** Who asked. */
  readonly principal: PrincipalId
  readonly scopes: ReadonlyArray<Scope>
  /** The message that it answers. */
  readonly message: string
  /** What the turn was asked for under. */
  readonly key: IdempotencyKey
}

/** As long as the key of the turn is known. */
const kept = 24 * 60 * 60 * 1000

const scopesIn = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Array(Scope)))
const text = (row: Row, column: string): string => String(row[column])

const debtOf = (row: Row): Debt => ({
  agent: AgentId.make(text(row, "agent")),
  channel: {
    tenant: TenantId.make(text(row, "tenant")),
    room: RoomName.make(text(row, "room")),
    channel: ChannelName.make(text(row, "channel"))
  },
  principal: PrincipalId.make(text(row, "principal")),
  scopes: scopesIn(text(row, "scopes")),
  message: text(row, "message"),
  key: IdempotencyKey.make(text(row, "key"))
})

const runs = (db: Database, instance: string): boolean => {
  const row = db.get("SELECT pid, start_ticks FROM instances WHERE id = ?", instance)
  return row !== undefined && isAlive(Number(row["pid"]), text(row, "start_ticks"))
}

export interface RoomDebts {
  /** Noted, for this process to pay. */
  readonly owe: (debt: Debt) => Effect.Effect<void, StoreError>
  readonly paid: (debt: Debt) => Effect.Effect<void, StoreError>
  /** What processes owe that have ended; from now on this one does. */
  readonly inherit: Effect.Effect<ReadonlyArray<Debt>, StoreError>
}

export const make = Effect.fnUntraced(function* ({
  id: instance,
  pid,
  startTicks
}: InstanceFacts): Effect.fn.Return<RoomDebts, never, Store> {
  const store = yield* Store
  /** Who owes something can be told from those who have ended. */
  const present = (db: Database, at: number) =>
    db.run("INSERT OR IGNORE INTO instances VALUES (?, ?, ?, ?)", instance, pid, startTicks, at)
  return {
    owe: ({ agent, channel, key, message, principal, scopes }) =>
      Effect.flatMap(Clock.currentTimeMillis, (at) =>
        store.write((db) => {
          present(db, at)
          db.run(
            `INSERT INTO room_answers (tenant, agent, key, principal, scopes, room, channel, message, instance, at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
            channel.tenant,
            agent,
            key,
            principal,
            JSON.stringify(scopes),
            channel.room,
            channel.channel,
            message,
            instance,
            at
          )
        })
      ),
    paid: ({ agent, channel, key }) =>
      Effect.asVoid(
        store.write((db) =>
          db.run("DELETE FROM room_answers WHERE tenant = ? AND agent = ? AND key = ?", channel.tenant, agent, key)
        )
      ),
    inherit: Effect.flatMap(Clock.currentTimeMillis, (now) =>
      store.write((db) => {
        present(db, now)
        db.run("DELETE FROM room_answers WHERE at < ?", now - kept)
        const left = db
          .all("SELECT * FROM room_answers WHERE instance <> ? ORDER BY at", instance)
          .filter((row) => !runs(db, text(row, "instance")))
        for (const row of left) {
          db.run(
            "UPDATE room_answers SET instance = ? WHERE tenant = ? AND agent = ? AND key = ?",
            instance,
            text(row, "tenant"),
            text(row, "agent"),
            text(row, "key")
          )
        }
        return left.map(debtOf)
      })
    )
  }
})
