/** The ledger's rows. Synchronous: for use inside one transaction. */
import * as Schema from "effect/Schema"
import type { Charge } from "../../src/budget/Charge.ts"
import type { Held } from "../../src/budget/HoldDecision.ts"
import {
  type Amounts,
  chargeOf,
  heldFor,
  type HoldRecord,
  journalled,
  recordOf,
  shortOf
} from "../../src/budget/HoldRecord.ts"
import { heard, type HoldRequest } from "../../src/budget/LedgerStore.ts"
import { type Evidence, nothingKnown } from "../../src/budget/Settlement.ts"
import { totalTokens, Usage } from "../../src/budget/Usage.ts"
import { AgentId, HoldId, type InstanceId, PrincipalId, TenantId, TurnId } from "../../src/domain/Ids.ts"
import type { InstanceFacts } from "../../src/domain/Instance.ts"
import type { Database, Row } from "../store/Store.ts"

/** Bits of a balance: of which unit a warning was given. */
export const warnedTokens = 1
export const warnedMicros = 2

/** One statement for all accounts of a call; there are few numbers of accounts, so few statements. */
export const repeat = (what: string, count: number): string => Array.from({ length: count }, () => what).join(", ")

/** Sets the hold aside in every account, journals it, and notes the warnings it gives. */
export const insertHold = (db: Database, request: HoldRequest, held: Held): void => {
  const { id, instance } = request
  const { evidence: _, ...record } = recordOf(request, held)
  db.run("INSERT INTO holds VALUES (?, ?, ?, NULL)", id, instance.id, JSON.stringify(record))
  db.run(
    `INSERT INTO balances VALUES ${repeat("(?, 0, ?, 0, ?, 0)", request.accounts.length)}
     ON CONFLICT DO UPDATE SET held_tokens = held_tokens + excluded.held_tokens, held_micros = held_micros + excluded.held_micros`,
    ...request.accounts.flatMap((account) => [account.id, held.tokens, held.micros])
  )
  const bit = (unit: "tokens" | "micros") => (unit === "tokens" ? warnedTokens : warnedMicros)
  for (const { account, unit } of heard(request, held)) {
    db.run("UPDATE balances SET warned = warned | ? WHERE account = ?", bit(unit), account)
  }
  for (const { account, unit } of held.rearmed) {
    db.run("UPDATE balances SET warned = warned & ~? WHERE account = ?", bit(unit), account)
  }
}

export const toRecord = (row: Row): HoldRecord => {
  // Written by `insertHold` and `journal` of this file, in this database: there is nothing to decode but our own text.
  const record = JSON.parse(String(row.record)) as Omit<HoldRecord, "evidence">
  const evidence = row.evidence === null ? nothingKnown : (JSON.parse(String(row.evidence)) as Evidence)
  return { ...record, evidence }
}

export const holdById = (db: Database, id: HoldId): HoldRecord | undefined => {
  const row = db.get("SELECT record, evidence FROM holds WHERE id = ?", id)
  return row === undefined ? undefined : toRecord(row)
}

/** Takes a hold out, to be settled in the same transaction. */
export const takeHold = (db: Database, id: HoldId): HoldRecord | undefined => {
  const row = db.get("DELETE FROM holds WHERE id = ? RETURNING record, evidence", id)
  return row === undefined ? undefined : toRecord(row)
}

/** Takes out all holds of an instance, oldest first. */
export const takeHoldsOf = (db: Database, instance: InstanceId): ReadonlyArray<HoldRecord> =>
  db
    .all("DELETE FROM holds WHERE instance = ? RETURNING record, evidence", instance)
    .map(toRecord)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))

/** Instances that have holds under way: each stands in its holds. */
export const holders = (db: Database): ReadonlyArray<InstanceFacts> =>
  db.all("SELECT record, evidence FROM holds GROUP BY instance").map((row) => toRecord(row).instance)

/** Notes what is known of a call; gives what that wanted set aside on top of its hold. */
export const journal = (db: Database, hold: HoldRecord, evidence: Evidence): Amounts | undefined => {
  const short = shortOf(hold, evidence)
  if (short === undefined) {
    db.run("UPDATE holds SET evidence = ? WHERE id = ?", JSON.stringify(evidence), hold.id)
    return undefined
  }
  const { evidence: known, ...record } = journalled(hold, evidence, short)
  db.run(
    "UPDATE holds SET record = ?, evidence = ? WHERE id = ?",
    JSON.stringify(record),
    JSON.stringify(known),
    hold.id
  )
  db.run(
    `UPDATE balances SET held_tokens = held_tokens + ?, held_micros = held_micros + ?
     WHERE account IN (${repeat("?", hold.accounts.length)})`,
    short.tokens,
    short.micros,
    ...hold.accounts
  )
  return short
}

/** Releases a hold that was taken out in the accounts it was taken from, and charges them. */
export const settleHold = (db: Database, hold: HoldRecord, evidence: Evidence, at: number): Charge => {
  const charge = chargeOf(hold, evidence, at)
  const { usage } = charge
  const held = heldFor(hold)
  db.run(
    `UPDATE balances SET held_tokens = held_tokens - ?, held_micros = held_micros - ?,
       spent_tokens = spent_tokens + ?, spent_micros = spent_micros + ?
     WHERE account IN (${repeat("?", hold.accounts.length)})`,
    held.tokens,
    held.micros,
    totalTokens(usage),
    charge.costMicros,
    ...hold.accounts
  )
  db.run(
    `INSERT INTO charges VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    charge.holdId,
    charge.tenant,
    charge.principal,
    charge.agent,
    charge.session,
    charge.turn,
    charge.provider,
    charge.model,
    hold.day,
    usage.input,
    usage.output,
    usage.cacheRead,
    usage.cacheWrite,
    charge.reported === null
      ? null
      : JSON.stringify({ ...charge.reported, ...(charge.raw === null ? {} : { raw: charge.raw }) }),
    charge.costMicros,
    charge.priceVersion,
    charge.basis,
    charge.flagged ? 1 : 0,
    charge.alarm ? 1 : 0,
    charge.heldTokens,
    charge.heldMicros,
    charge.heldAt,
    charge.settledAt,
    charge.inputMicros,
    charge.savedMicros
  )
  return charge
}

const basisOf = Schema.decodeUnknownSync(Schema.Literals(["usage", "estimate", "bound", "none"]))
const Reported = Schema.Struct({ ...Usage.fields, raw: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json)) })
const reportedOf = Schema.decodeUnknownSync(Schema.NullOr(Schema.fromJsonString(Reported)))

const toCharge = (row: Row): Charge => {
  const { raw = null, ...reported } = reportedOf(row.reported) ?? {}
  return chargeIn(row, "input" in reported ? reported : null, raw)
}

const chargeIn = (row: Row, reported: Charge["reported"], raw: Charge["raw"]): Charge => ({
  holdId: HoldId.make(String(row.hold)),
  tenant: TenantId.make(String(row.tenant)),
  principal: PrincipalId.make(String(row.principal)),
  agent: AgentId.make(String(row.agent)),
  session: String(row.session),
  turn: TurnId.make(String(row.turn)),
  provider: String(row.provider),
  model: String(row.model),
  usage: {
    input: Number(row.input),
    output: Number(row.output),
    cacheRead: Number(row.cache_read),
    cacheWrite: Number(row.cache_write)
  },
  reported,
  raw,
  costMicros: Number(row.cost_micros),
  inputMicros: Number(row.input_micros),
  savedMicros: Number(row.saved_micros),
  priceVersion: row.price_version === null ? null : String(row.price_version),
  basis: basisOf(row.basis),
  flagged: row.flagged === 1,
  alarm: row.alarm === 1,
  heldTokens: Number(row.held_tokens),
  heldMicros: Number(row.held_micros),
  heldAt: Number(row.held_at),
  settledAt: Number(row.settled_at)
})

export const chargeByHold = (db: Database, id: HoldId): Charge | undefined => {
  const row = db.get("SELECT * FROM charges WHERE hold = ?", id)
  return row === undefined ? undefined : toCharge(row)
}

export const chargesOf = (db: Database, turn: TurnId): ReadonlyArray<Charge> =>
  db.all("SELECT * FROM charges WHERE turn = ? ORDER BY n", turn).map(toCharge)

/** Models, as `provider/model`, that once used more than was held. */
export const overran = (db: Database): ReadonlyArray<string> =>
  db
    .all("SELECT DISTINCT provider, model FROM charges WHERE alarm = 1")
    .map((row) => `${String(row.provider)}/${String(row.model)}`)

/** Whether another tenant has an account of its own: it gets one with its first hold. */
export const others = (db: Database, tenant: TenantId): boolean =>
  // ";" is the sign behind ":"
  db.get(
    "SELECT 1 FROM balances WHERE account > 'tenant:' AND account < 'tenant;' AND account <> ? LIMIT 1",
    `tenant:${tenant}`
  ) !== undefined
