/** `TokenStore` in the store. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { AuditEvent } from "../../src/audit/AuditEvent.ts"
import { Entropy } from "../../src/domain/Entropy.ts"
import { TenantId } from "../../src/domain/Ids.ts"
import { OwnLimits } from "../../src/domain/Limit.ts"
import { IdentityError, TokenNameTaken, TokensUnavailable, TokenUnknown } from "../../src/identity/IdentityError.ts"
import { currentPrincipal, type SealedPrincipal } from "../../src/identity/Principal.ts"
import { Scope } from "../../src/identity/Scope.ts"
import { render, reservedNames, tokenBytes, TokenName, type TokenRecord } from "../../src/identity/Token.ts"
import { type IssuedToken, type NewToken, TokenStore } from "../../src/identity/TokenStore.ts"
import { appendEntry } from "../store/AuditRows.ts"
import { type Database, type Row, Store } from "../store/Store.ts"
import { digestOf } from "./digest.ts"

const Budget = Schema.NullOr(Schema.fromJsonString(OwnLimits))
const decodeBudget = Schema.decodeUnknownSync(Budget)
const Time = Schema.NullOr(Schema.Int)
const decodeRow = Schema.decodeUnknownSync(
  Schema.Struct({
    id: Schema.String,
    name: TokenName,
    tenant: TenantId,
    scopes: Schema.fromJsonString(Schema.Array(Scope)),
    budget: Budget,
    created_at: Schema.Int,
    expires_at: Time,
    revoked_at: Time,
    last_used_at: Time
  })
)

/** Throws where the row was damaged: the caller makes it unavailable. */
const toRecord = (row: Row): TokenRecord => {
  const token = decodeRow(row)
  return {
    id: token.id,
    name: token.name,
    tenant: token.tenant,
    scopes: token.scopes,
    budget: token.budget ?? {},
    createdAt: token.created_at,
    expiresAt: token.expires_at ?? undefined,
    revokedAt: token.revoked_at ?? undefined,
    lastUsedAt: token.last_used_at ?? undefined
  }
}

const isLive = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)"

const isEmpty = (budget: OwnLimits): boolean => Object.keys(budget).length === 0

const insert = (db: Database, record: TokenRecord, digest: string): void => {
  db.run(
    "INSERT INTO tokens (id, tenant, name, scopes, digest, created_at, expires_at, budget) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    record.id,
    record.tenant,
    record.name,
    JSON.stringify(record.scopes),
    digest,
    record.createdAt,
    record.expiresAt ?? null,
    isEmpty(record.budget) ? null : JSON.stringify(record.budget)
  )
}

const entry = (
  kind: "token.created" | "token.revoked",
  by: SealedPrincipal,
  record: TokenRecord,
  data: AuditEvent["data"] = {}
): AuditEvent => ({
  kind,
  tenant: record.tenant,
  principal: by.id,
  outcome: "ok",
  data: { name: record.name, id: record.id, scopes: record.scopes.join(" "), ...data }
})

/** Whatever happens below, no door opens by it. */
const guarded = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, IdentityError> => {
  const unavailable = (cause: unknown) => new IdentityError({ reason: new TokensUnavailable({ cause }) })
  return effect.pipe(
    Effect.mapError(unavailable),
    Effect.catchDefect((cause) => Effect.fail(unavailable(cause)))
  )
}

const usedEvery = 60_000

const make = Effect.fnUntraced(function* (configured: ReadonlySet<string>) {
  const store = yield* Store
  const entropy = yield* Entropy

  const issue = Effect.fnUntraced(function* (token: NewToken, createdAt: number) {
    const { id, text } = render(yield* entropy.bytes(tokenBytes.id), yield* entropy.bytes(tokenBytes.secret))
    const { budget = {}, name, tenant, scopes, expiresAt } = token
    const record: TokenRecord = {
      id,
      name,
      tenant,
      scopes,
      budget,
      createdAt,
      expiresAt,
      revokedAt: undefined,
      lastUsedAt: undefined
    }
    return { record, digest: digestOf(text), token: Redacted.make(text, { label: "token" }) }
  })

  const create = Effect.fn("TokenStore.create")(function* (token: NewToken) {
    const by = yield* currentPrincipal
    const now = yield* Clock.currentTimeMillis
    const issued = yield* issue(token, now)
    const taken = reservedNames.has(token.name) || configured.has(token.name)
    const done =
      !taken &&
      (yield* guarded(
        store.write((db) => {
          if (db.get(`SELECT 1 FROM tokens WHERE name = ? AND ${isLive}`, token.name, now) !== undefined) return false
          insert(db, issued.record, issued.digest)
          appendEntry(db, entry("token.created", by, issued.record), now)
          return true
        }, "full")
      ))
    if (!done) return yield* new IdentityError({ reason: new TokenNameTaken({ name: token.name }) })
    return { token: issued.token, record: issued.record } satisfies IssuedToken
  })

  const rotate = Effect.fn("TokenStore.rotate")(function* (name: TokenName, overlapMillis: number) {
    const by = yield* currentPrincipal
    const now = yield* Clock.currentTimeMillis
    const bytes = yield* issue({ name, tenant: TenantId.make("default"), scopes: [] }, now)
    const record = yield* guarded(
      store.write((db) => {
        const row = db.get(
          `SELECT * FROM tokens WHERE name = ? AND ${isLive} ORDER BY created_at DESC, id LIMIT 1`,
          name,
          now
        )
        if (row === undefined) return undefined
        const old = toRecord(row)
        const life = old.expiresAt === undefined ? undefined : old.expiresAt - old.createdAt
        const expiresAt = life === undefined ? undefined : now + life
        const { budget, scopes, tenant } = old
        const next: TokenRecord = { ...bytes.record, tenant, scopes, budget, expiresAt }
        const end = now + Math.max(0, overlapMillis)
        db.run(
          `UPDATE tokens SET expires_at = min(coalesce(expires_at, ?), ?) WHERE name = ? AND ${isLive}`,
          end,
          end,
          name,
          now
        )
        insert(db, next, bytes.digest)
        appendEntry(db, entry("token.created", by, next, { rotated: old.id, overlapMillis }), now)
        return next
      }, "full")
    )
    if (record === undefined) return yield* new IdentityError({ reason: new TokenUnknown({ name }) })
    return { token: bytes.token, record } satisfies IssuedToken
  })

  const revoke = Effect.fn("TokenStore.revoke")(function* (name: TokenName) {
    const by = yield* currentPrincipal
    const now = yield* Clock.currentTimeMillis
    return yield* guarded(
      store.write((db) => {
        const rows = db.all(`SELECT * FROM tokens WHERE name = ? AND ${isLive}`, name, now)
        db.run(`UPDATE tokens SET revoked_at = ? WHERE name = ? AND ${isLive}`, now, name, now)
        for (const row of rows) appendEntry(db, entry("token.revoked", by, toRecord(row)), now)
        return rows.length > 0
      }, "full")
    )
  })

  const live = <A>(query: (db: Database, now: number) => A) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => guarded(store.read((db) => query(db, now))))

  return TokenStore.of({
    create,
    rotate,
    revoke,
    list: live((db) => db.all("SELECT * FROM tokens ORDER BY created_at DESC, id").map(toRecord)),
    find: (id) =>
      live((db) => {
        const row = db.get("SELECT * FROM tokens WHERE id = ?", id)
        return row === undefined ? undefined : { record: toRecord(row), digest: String(row.digest) }
      }),
    budgetOf: (tenant, name) =>
      live((db, now) => {
        const row = db.get(
          `SELECT budget FROM tokens WHERE name = ? AND tenant = ? ORDER BY ${isLive} DESC, created_at DESC, id LIMIT 1`,
          name,
          tenant,
          now
        )
        return row === undefined ? undefined : (decodeBudget(row.budget) ?? undefined)
      }),
    holds: (digest) =>
      live((db, now) => db.get(`SELECT 1 FROM tokens WHERE digest = ? AND ${isLive}`, digest, now) !== undefined),
    any: live((db, now) => db.get(`SELECT 1 FROM tokens WHERE ${isLive} LIMIT 1`, now) !== undefined),
    used: (id) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        guarded(
          store.write((db) => {
            db.run(
              "UPDATE tokens SET last_used_at = ? WHERE id = ? AND coalesce(last_used_at, 0) <= ?",
              now,
              id,
              now - usedEvery
            )
          })
        )
      )
  })
})

/** `configured`: names of the configuration's own tokens, which no stored one may take. */
export const layer = (configured: Iterable<string> = []): Layer.Layer<TokenStore, never, Store | Entropy> =>
  Layer.effect(TokenStore, make(new Set(configured)))
