/** `kv_get`, `kv_set`, `kv_delete`, `kv_list`: what a plugin keeps for one principal, under its `store:NAME` grants. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Json } from "../../../src/domain/Json.ts"
import { currentPrincipal, type Principal } from "../../../src/identity/Principal.ts"
import { type Grant, openGrant } from "../../../src/sandbox/Grant.ts"
import { type HostFunction, HostRefused, granted } from "../../../src/sandbox/HostFunction.ts"
import { FULL_DISK, isFullDisk } from "../../store/FullDisk.ts"
import type { Database, Store } from "../../store/Store.ts"
import * as JsonBounds from "../../../src/sandbox/JsonBounds.ts"

export const MAX_KEY_BYTES = 256
export const MAX_VALUE_BYTES = 64 * 1024
/** Of one plugin and one principal in one store. */
export const MAX_KEYS = 10_000
export const MAX_BYTES = 8 * 1024 * 1024
const MAX_LISTED = 1000

const bytes = (text: string): number => Buffer.byteLength(text, "utf8")

const within = (limit: number, least: number, what: string) =>
  Schema.String.pipe(
    Schema.check(
      Schema.makeFilter(
        (text: string) =>
          (text.isWellFormed() && bytes(text) >= least && bytes(text) <= limit) ||
          `${what} of ${least} to ${limit} bytes`
      )
    )
  )
const Key = within(MAX_KEY_BYTES, 1, "a key")
const fields = {
  /** May be left out where exactly one store is granted. */
  store: Schema.optionalKey(Schema.String),
  key: Key
}
const Get = Schema.Struct(fields)
const Set = Schema.Struct({
  ...fields,
  value: within(MAX_VALUE_BYTES, 0, "a value"),
  /** Writes only where there is no such key; else the answer is false. */
  absent: Schema.optionalKey(Schema.Boolean)
})
const List = Schema.Struct({
  store: fields.store,
  prefix: Schema.optionalKey(within(MAX_KEY_BYTES, 0, "a prefix")),
  after: Schema.optionalKey(within(MAX_KEY_BYTES, 0, "a key")),
  limit: Schema.optionalKey(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum: MAX_LISTED }))))
})

/** The first four columns of every row: whose it is. */
type Owner = readonly [store: string, plugin: string, tenant: string, principal: string]

const owner = Effect.fnUntraced(function* (
  store: string | undefined
): Effect.fn.Return<Owner, HostRefused, Grant<"store"> | Principal> {
  const { plugin, granted: stores } = yield* openGrant("store")
  const principal = yield* currentPrincipal
  const names = stores.map((capability) => capability.name)
  const name = store ?? (names.length === 1 ? names[0] : undefined)
  if (name === undefined) return yield* new HostRefused({ message: `name one of the stores ${names.join(", ")}` })
  if (!names.includes(name)) {
    return yield* new HostRefused({
      message: `store "${name.slice(0, 64)}" is not granted; granted: ${names.join(", ")}`
    })
  }
  return [name, plugin, principal.tenant, principal.id]
})

const OWNED = "store = ? AND plugin = ? AND tenant = ? AND principal = ?"

const sizeOf = (db: Database, own: Owner, key: string): number | undefined => {
  const size = db.get(`SELECT bytes FROM plugin_kv WHERE ${OWNED} AND key = ?`, ...own, key)?.["bytes"]
  return size === undefined ? undefined : Number(size)
}
const usage = (db: Database, own: Owner) => {
  const row = db.get(`SELECT keys, bytes FROM plugin_kv_usage WHERE ${OWNED}`, ...own)
  return { keys: Number(row?.["keys"] ?? 0), bytes: Number(row?.["bytes"] ?? 0) }
}
const account = (db: Database, own: Owner, used: { readonly keys: number; readonly bytes: number }): void => {
  db.run(
    `INSERT INTO plugin_kv_usage (store, plugin, tenant, principal, keys, bytes) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET keys = excluded.keys, bytes = excluded.bytes`,
    ...own,
    used.keys,
    used.bytes
  )
}

const set =
  (own: Owner, key: string, value: string, absent: boolean) =>
  (db: Database): "set" | "there" | "full" => {
    const size = bytes(key) + bytes(value)
    const before = sizeOf(db, own, key)
    if (absent && before !== undefined) return "there"
    const used = usage(db, own)
    const next = { keys: used.keys + (before === undefined ? 1 : 0), bytes: used.bytes + size - (before ?? 0) }
    if (next.keys > MAX_KEYS || next.bytes > MAX_BYTES) return "full"
    db.run(
      `INSERT INTO plugin_kv (store, plugin, tenant, principal, key, value, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET value = excluded.value, bytes = excluded.bytes`,
      ...own,
      key,
      value,
      size
    )
    account(db, own, next)
    return "set"
  }

/** True where there was such a key. */
const remove = (own: Owner, key: string) => (db: Database) => {
  const before = sizeOf(db, own, key)
  if (before === undefined) return false
  db.run(`DELETE FROM plugin_kv WHERE ${OWNED} AND key = ?`, ...own, key)
  const used = usage(db, own)
  account(db, own, { keys: used.keys - 1, bytes: used.bytes - before })
  return true
}

/** Asks for nothing but a range of the index: however many other keys there are, they are not looked at. */
export const LISTED = `SELECT key FROM plugin_kv WHERE ${OWNED} AND key > ? AND key >= ? AND key < CAST(? AS TEXT)
  ORDER BY key LIMIT ?`

/** Behind every key that begins so: no UTF-8 has this byte. */
const behind = (prefix: string): Uint8Array => Buffer.concat([Buffer.from(prefix, "utf8"), Uint8Array.of(0xff)])

const list = (own: Owner, asked: typeof List.Type) => (db: Database) => {
  const limit = asked.limit ?? MAX_LISTED
  const prefix = asked.prefix ?? ""
  const rows = db.all(LISTED, ...own, asked.after ?? "", prefix, behind(prefix), limit + 1)
  return { keys: rows.slice(0, limit).map((row) => String(row["key"])), more: rows.length > limit }
}

/** A store that cannot answer is the host's trouble: the plugin learns only that it did not work, or that the disk is full. */
const stored = <A, R>(effect: Effect.Effect<A, { readonly _tag: string }, R>) =>
  Effect.mapError(
    effect,
    (error) => new HostRefused({ message: isFullDisk(error) ? FULL_DISK : "the store is not available" })
  )

export const kv = (store: Store["Service"]): ReadonlyArray<HostFunction> => {
  const command =
    <A extends { readonly store?: string }>(run: (own: Owner, argument: A) => Effect.Effect<Json, HostRefused>) =>
    (argument: A) =>
      Effect.flatMap(owner(argument.store), (own) => run(own, argument))
  return [
    granted({
      name: "kv_get",
      capability: "store",
      argument: Get,
      bounds: JsonBounds.small,
      run: command<typeof Get.Type>((own, { key }) =>
        stored(
          store.read((db) => {
            const value = db.get(`SELECT value FROM plugin_kv WHERE ${OWNED} AND key = ?`, ...own, key)?.["value"]
            return value === undefined ? null : String(value)
          })
        )
      )
    }),
    granted({
      name: "kv_set",
      capability: "store",
      argument: Set,
      bounds: JsonBounds.text,
      run: command<typeof Set.Type>((own, { absent, key, value }) =>
        Effect.flatMap(stored(store.write(set(own, key, value, absent === true))), (done) =>
          done !== "full"
            ? Effect.succeed(done === "set")
            : Effect.fail(new HostRefused({ message: `the store is full: ${MAX_KEYS} keys, ${MAX_BYTES} bytes` }))
        )
      )
    }),
    granted({
      name: "kv_delete",
      capability: "store",
      argument: Get,
      bounds: JsonBounds.small,
      run: command<typeof Get.Type>((own, { key }) => stored(store.write(remove(own, key))))
    }),
    granted({
      name: "kv_list",
      capability: "store",
      argument: List,
      bounds: JsonBounds.small,
      run: command<typeof List.Type>((own, asked) => stored(store.read(list(own, asked))))
    })
  ]
}
