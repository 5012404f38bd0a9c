/** Walks the chain in the database page by page, and holds it against everything that is known of it. */
import * as Effect from "effect/Effect"
import { hash } from "node:crypto"
import type { AuditVerdict } from "../../src/audit/Audit.ts"
import {
  breakAt,
  type ChainHead,
  type ChainLink,
  type Claim,
  finish,
  follow,
  genesis,
  hold,
  type Walk
} from "../../src/audit/Chain.ts"
import { type Checkpoint, type Mark, signedText, type Trust } from "../../src/audit/Checkpoint.ts"
import { readHead } from "../store/AuditRows.ts"
import type { Database, Row } from "../store/Store.ts"
import { verifies } from "./AuditKey.ts"

type Read<E> = <A>(query: (db: Database) => A) => Effect.Effect<A, E>

export const sha256 = (text: string): string => hash("sha256", text, "hex")

const toLink = (row: Row): ChainLink => ({
  seq: Number(row.seq),
  at: Number(row.at),
  text: String(row.event),
  hash: String(row.hash)
})

const toCheckpoint = (row: Row, log: string): Checkpoint => ({
  log,
  seq: Number(row.seq),
  hash: String(row.hash),
  at: Number(row.at),
  key: String(row.key),
  signature: String(row.signature)
})

const pageSize = 1_000

/** At most so many entries behind `after`, in order. */
export const readLinks = (db: Database, after: number, to: number): ReadonlyArray<ChainLink> =>
  db
    .all("SELECT seq, at, event, hash FROM audit WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?", after, to, pageSize)
    .map(toLink)

/** Where the log stands, what was signed last, and how far its beginning was taken out. */
export interface Standing {
  readonly head: ChainHead
  /** Undefined in a database from before there were checkpoints. */
  readonly log: string | undefined
  readonly last: Checkpoint | undefined
  readonly pruned: Checkpoint | undefined
}

export const readStanding = (db: Database): Standing => {
  const head = readHead(db)
  const table = db.get("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'audit_log'")
  if (table === undefined) return { head, log: undefined, last: undefined, pruned: undefined }
  const log = String(db.get("SELECT log FROM audit_log WHERE id = 1")?.log ?? "")
  const last = db.get("SELECT seq, hash, at, key, signature FROM audit_checkpoints ORDER BY seq DESC LIMIT 1")
  const pruned = db.get("SELECT seq, hash, at, key, signature FROM audit_pruned WHERE id = 1")
  return {
    head,
    log,
    last: last === undefined ? undefined : toCheckpoint(last, log),
    pruned: pruned === undefined ? undefined : toCheckpoint(pruned, log)
  }
}

/** The beginning of a walk: before the first entry that is still there. */
export const startOf = ({ pruned }: Standing): Walk => ({
  head: pruned === undefined ? { seq: 0, hash: genesis } : { seq: pruned.seq, hash: pruned.hash },
  broken: undefined
})

/** Why a signature proves nothing; undefined where it does. */
const objection = (mark: Mark, checkpoint: Checkpoint, keys: ReadonlyArray<string> | undefined): string | undefined => {
  if (!verifies(checkpoint.key, signedText(mark, checkpoint), checkpoint.signature)) return "has a wrong signature"
  return keys === undefined || keys.includes(checkpoint.key)
    ? undefined
    : `is signed by ${checkpoint.key}, which is not a key that is trusted here`
}

const claimsOf = ({ anchor, noted }: Trust, log: string | undefined): ReadonlyArray<Claim> => [
  ...(anchor === undefined ? [] : [{ ...anchor, how: "was noted" }]),
  ...(noted === undefined || noted.checkpoint.log !== log
    ? []
    : [{ seq: noted.checkpoint.seq, hash: noted.checkpoint.hash, how: `was signed and noted in ${noted.source}` }])
]

/** What is wrong before the first entry. */
const openingOf = (standing: Standing, trust: Trust): Walk => {
  const { log, pruned } = standing
  const begin = startOf(standing)
  const { keys, noted } = trust
  if (noted !== undefined && noted.checkpoint.log !== log) {
    const why = `this is another log than the one whose checkpoint is noted in ${noted.source}; remove that file if you put this one here yourself`
    return breakAt(begin, begin.head.seq + 1, why)
  }
  const why = pruned === undefined ? undefined : objection("pruned", pruned, keys)
  return why === undefined
    ? begin
    : breakAt(begin, begin.head.seq, `entries 1 to ${begin.head.seq} were taken out, but the mark of that ${why}`)
}

/**
 * Walks the whole chain through `read`, a page at a time with a pause between pages. Entries that are appended
 * meanwhile are left for the next time.
 */
export const walkChain = <E>(read: Read<E>, trust: Trust = {}): Effect.Effect<AuditVerdict, E> =>
  Effect.gen(function* () {
    const { beyond, count, entries, standing } = yield* read((db) => {
      const standing = readStanding(db)
      const { head, log } = standing
      const row = db.get("SELECT count(*) AS entries FROM audit WHERE seq <= ?", head.seq)
      const beyond = db.get("SELECT seq FROM audit WHERE seq > ? LIMIT 1", head.seq)
      const checkpoints = log === undefined ? undefined : db.get("SELECT count(*) AS n FROM audit_checkpoints")
      return { standing, entries: Number(row?.entries), beyond, count: Number(checkpoints?.n ?? 0) }
    })
    const { head, log } = standing
    const last = standing.last ?? standing.pruned
    const first = startOf(standing).head.seq + 1
    const claims = claimsOf(trust, log).filter(({ seq }) => seq >= first)
    let walk = openingOf(standing, trust)
    const step = follow(sha256)
    while (walk.broken === undefined) {
      const after = walk.head.seq
      const { checkpoints, page } = yield* read((db) => {
        const page = readLinks(db, after, head.seq)
        const to = page.at(-1)?.seq ?? after
        const rows =
          log === undefined
            ? []
            : db.all("SELECT * FROM audit_checkpoints WHERE seq > ? AND seq <= ? ORDER BY seq", after, to)
        return { page, checkpoints: new Map(rows.map((row) => [Number(row.seq), toCheckpoint(row, log ?? "")])) }
      })
      if (page.length === 0) break
      for (const link of page) {
        walk = step(walk, link)
        for (const claim of claims) walk = hold(walk, claim)
        const checkpoint = checkpoints.get(link.seq)
        if (checkpoint === undefined || walk.broken !== undefined) continue
        const why = objection("checkpoint", checkpoint, trust.keys)
        if (why !== undefined) walk = breakAt(walk, link.seq, `the checkpoint at entry ${link.seq} ${why}`)
        else walk = hold(walk, { ...checkpoint, how: "was signed" })
      }
      yield* Effect.yieldNow
    }
    walk = finish(walk, head, [...claims.map(({ seq }) => seq), last?.seq ?? 0])
    if (trust.demanded === true && last === undefined) {
      walk = breakAt(walk, first, "no checkpoint is signed: nothing shows that the chain was not written anew")
    }
    if (beyond !== undefined) {
      walk = breakAt(walk, Number(beyond.seq), "an entry stands behind the one that was recorded last")
    }
    const signed = last === undefined ? undefined : { seq: last.seq, at: last.at, key: last.key }
    return { entries, first, head: walk.head.hash, signed: { checkpoints: count, last: signed }, broken: walk.broken }
  })
