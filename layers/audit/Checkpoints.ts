/**
 * Signs the chain from time to time, and takes out what is older than it has to be. Nothing is signed or taken out that
 * does not follow from what was signed before.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type { AuditKeyUnusable } from "../../src/audit/Audit.ts"
import { type ChainHead, follow, hold, type Walk } from "../../src/audit/Chain.ts"
import { type Checkpoint, isDue, type Mark, signedText } from "../../src/audit/Checkpoint.ts"
import { defaultTenant } from "../../src/domain/Ids.ts"
import { appendEntry } from "../store/AuditRows.ts"
import { type Database, Store, type StoreError } from "../store/Store.ts"
import { type AuditKey, ensure } from "./AuditKey.ts"
import { noteFile, readNote, writeNote } from "./CheckpointNote.ts"
import { readLinks, readStanding, sha256, type Standing, startOf } from "./walk.ts"

export interface CheckpointOptions {
  /** The installation's key; made where there is none. */
  readonly keyFile: string
  /** Entries older than this many days are taken out; undefined keeps them for ever. */
  readonly retentionDays: number | undefined
}

/** How often it is looked whether something is due. */
const interval = "1 minute"

const dayMillis = 86_400_000

const sealOf = (key: AuditKey, mark: Mark, log: string, { hash, seq }: ChainHead, at: number): Checkpoint => {
  const sealed = { log, seq, hash, at }
  return { ...sealed, key: key.publicKey, signature: key.sign(signedText(mark, sealed)) }
}

const brokenLog = (walk: Walk): Effect.Effect<void> =>
  Effect.logError(
    `The audit log is broken and is not signed any further: ${walk.broken?.why ?? ""}. See \`exoclaw audit verify\`.`
  )

/** Walks from what was signed last to the head, page by page. */
const walkNew = Effect.fnUntraced(function* (store: Store["Service"], standing: Standing) {
  const step = follow(sha256)
  let walk: Walk = standing.last === undefined ? startOf(standing) : { head: standing.last, broken: undefined }
  if (standing.pruned !== undefined && standing.pruned.seq > walk.head.seq) walk = startOf(standing)
  while (walk.broken === undefined && walk.head.seq < standing.head.seq) {
    const after = walk.head.seq
    const links = yield* store.read((db) => readLinks(db, after, standing.head.seq))
    if (links.length === 0) break
    for (const link of links) walk = step(walk, link)
    yield* Effect.yieldNow
  }
  return hold(walk, { ...standing.head, how: "was recorded last" })
})

/** Whether the database has the entry that was noted; a note that it has not is left for somebody to look at. */
const agrees = (db: Database, { log, seq, hash }: Checkpoint): boolean => {
  const standing = readStanding(db)
  if (standing.log !== log || seq > standing.head.seq) return false
  if (seq <= startOf(standing).head.seq) return true
  return db.get("SELECT hash FROM audit WHERE seq = ?", seq)?.hash === hash
}

const note = Effect.fnUntraced(function* (store: Store["Service"], keyFile: string, checkpoint: Checkpoint) {
  const noted = yield* readNote(keyFile, store.path)
  if (noted !== undefined && !(yield* store.read((db) => agrees(db, noted.checkpoint)))) {
    const file = noteFile(keyFile, store.path)
    return yield* Effect.logError(
      `The audit log is not the one whose checkpoint is noted in ${file}. See \`exoclaw audit verify\`; remove that file if you put another database in place yourself.`
    )
  }
  // another gateway on the same store may have signed further already
  if (noted === undefined || noted.checkpoint.seq < checkpoint.seq) yield* writeNote(keyFile, store.path, checkpoint)
})

/** Signs the chain's end where that is due, or where there is anything new. */
const sign = Effect.fnUntraced(function* (store: Store["Service"], keyFile: string, always: boolean) {
  const standing = yield* store.read(readStanding)
  const { head, last, log } = standing
  const now = yield* Clock.currentTimeMillis
  const due = always ? head.seq > Math.max(last?.seq ?? 0, standing.pruned?.seq ?? 0) : isDue(head, last, now)
  if (log === undefined || !due) return
  const key = yield* ensure(keyFile)
  const walk = yield* walkNew(store, standing)
  if (walk.broken !== undefined) return yield* brokenLog(walk)
  const checkpoint = sealOf(key, "checkpoint", log, walk.head, now)
  const { hash, seq, signature } = checkpoint
  yield* store.write(
    (db) =>
      db.run(
        "INSERT INTO audit_checkpoints (seq, hash, at, key, signature) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        seq,
        hash,
        now,
        key.publicKey,
        signature
      ),
    "full"
  )
  yield* note(store, keyFile, checkpoint)
})

/** Takes out one page of what is older than `before`; gives whether there may be more. */
const prunePage = Effect.fnUntraced(function* (store: Store["Service"], keyFile: string, before: number, days: number) {
  const { links, standing } = yield* store.read((db) => {
    const standing = readStanding(db)
    // never beyond what is signed
    return { standing, links: readLinks(db, startOf(standing).head.seq, standing.last?.seq ?? 0) }
  })
  const young = links.findIndex(({ at }) => at >= before)
  const old = young < 0 ? links : links.slice(0, young)
  if (old.length === 0 || standing.log === undefined) return false
  const from = startOf(standing)
  const walk = old.reduce((walk, link) => follow(sha256)(walk, link), from)
  if (walk.broken !== undefined) return yield* Effect.as(brokenLog(walk), false)
  const key = yield* ensure(keyFile)
  const now = yield* Clock.currentTimeMillis
  const { hash, seq, signature } = sealOf(key, "pruned", standing.log, walk.head, now)
  yield* store.write((db) => {
    // another process may have been first
    if (startOf(readStanding(db)).head.seq !== from.head.seq) return
    db.run(
      "INSERT OR REPLACE INTO audit_pruned (id, seq, hash, at, key, signature) VALUES (1, ?, ?, ?, ?, ?)",
      seq,
      hash,
      now,
      key.publicKey,
      signature
    )
    db.run("DELETE FROM audit WHERE seq <= ?", seq)
    db.run("DELETE FROM audit_checkpoints WHERE seq <= ?", seq)
    const data = { from: from.head.seq + 1, to: seq, days }
    appendEntry(db, { kind: "audit.pruned", tenant: defaultTenant, principal: "gateway", outcome: "ok", data }, now)
  }, "full")
  return old.length === links.length
})

/** Once a day: what it takes out is an entry, too. */
const prune = Effect.fnUntraced(function* (store: Store["Service"], keyFile: string, days: number) {
  const now = yield* Clock.currentTimeMillis
  const { pruned } = yield* store.read(readStanding)
  if (pruned !== undefined && now - pruned.at < dayMillis) return
  const before = now - days * dayMillis
  while (yield* prunePage(store, keyFile, before, days)) yield* Effect.yieldNow
})

/** What could not be done is said once, until it is something else, and tried again. */
const quietly = () => {
  let said = ""
  return <A>(work: Effect.Effect<A, AuditKeyUnusable | StoreError>): Effect.Effect<void> =>
    work.pipe(
      Effect.andThen(Effect.sync(() => void (said = ""))),
      Effect.catchCause((cause) => {
        const problem = Cause.squash(cause)
        const text = problem instanceof Error ? problem.message : String(problem)
        if (text === said || Cause.hasInterruptsOnly(cause)) return Effect.void
        said = text
        return Effect.logError(`The audit log is not signed: ${text}`, cause)
      })
    )
}

/** Signs and takes out what is due now. */
export const attend = Effect.fn("Checkpoints.attend")(function* (
  options: CheckpointOptions
): Effect.fn.Return<void, AuditKeyUnusable | StoreError, Store> {
  const store = yield* Store
  yield* sign(store, options.keyFile, false)
  if (options.retentionDays !== undefined) yield* prune(store, options.keyFile, options.retentionDays)
})

/** Does so every minute while its scope is open, and signs the last entry when that closes. */
export const layer = (options: CheckpointOptions): Layer.Layer<never, never, Store> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const store = yield* Store
      const attempt = quietly()
      yield* Effect.addFinalizer(() => attempt(sign(store, options.keyFile, true)))
      const look = attempt(Effect.provideService(attend(options), Store, store))
      yield* look.pipe(Effect.repeat(Schedule.spaced(interval)), Effect.forkScoped)
    })
  )
