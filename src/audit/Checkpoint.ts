/**
 * Signed places of the chain. Whoever may write the database can compute a chain anew, but not sign it: up to the last
 * checkpoint, what was there then is there still, or is found missing.
 */
import * as Schema from "effect/Schema"
import type { ChainHead } from "./Chain.ts"

/** A place of one log's chain, signed with the Ed25519 key of an installation. */
export const Checkpoint = Schema.Struct({
  /** The log's own random name: a checkpoint of another log proves nothing here. */
  log: Schema.String,
  /** Position and hash of the entry it stands behind. */
  seq: Schema.Int,
  hash: Schema.String,
  /** When it was signed, Unix milliseconds. */
  at: Schema.Int,
  /** Public key, base64. */
  key: Schema.String,
  /** Over `signedText`, base64. */
  signature: Schema.String
})
export type Checkpoint = typeof Checkpoint.Type

/** `checkpoint`: the chain stood here. `pruned`: everything up to here was taken out when it was old enough. */
export type Mark = "checkpoint" | "pruned"

/** What is signed. No text that the same key signs for the other purpose is equal to it. */
export const signedText = (mark: Mark, { at, hash, log, seq }: Omit<Checkpoint, "key" | "signature">): string =>
  `exoclaw.audit.${mark}.v1\n${log}\n${seq}\n${hash}\n${at}\n`

/**
 * A checkpoint is due after this many entries, or after this long where there is any new entry; the first at once. One
 * that seems to be of the future is of a clock that was set back, and as good as old.
 */
export const dueEntries = 1_000
export const dueMillis = 3_600_000

export const isDue = (head: ChainHead, last: Pick<Checkpoint, "seq" | "at"> | undefined, now: number): boolean =>
  last === undefined
    ? head.seq > 0
    : head.seq - last.seq >= dueEntries || (head.seq > last.seq && Math.abs(now - last.at) >= dueMillis)

/** What a verification may rely on that does not stand in the database. */
export interface Trust {
  /** Public keys (base64) that may sign. Without any, a signature is checked against the key it names itself. */
  readonly keys?: ReadonlyArray<string>
  /** Whether a log without any checkpoint is broken. */
  readonly demanded?: boolean
  /** The newest checkpoint, as it was noted apart from the database; `source` says where. */
  readonly noted?: { readonly checkpoint: Checkpoint; readonly source: string } | undefined
  /** An entry that somebody noted. */
  readonly anchor?: ChainHead | undefined
}

/** How far signatures reach. */
export interface Signed {
  readonly checkpoints: number
  /** The last one; undefined where there is none. */
  readonly last: Pick<Checkpoint, "seq" | "at" | "key"> | undefined
}
