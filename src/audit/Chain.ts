/** The audit log's chain as pure functions: the same entries give the same hashes on every machine. */
import type { AuditEvent } from "./AuditEvent.ts"

/** The hash before the first entry. */
export const genesis = "0".repeat(64)

/** Where a chain stands: the position and hash of its last entry. */
export interface ChainHead {
  readonly seq: number
  readonly hash: string
}

/** One entry as it is stored: `text` is the event's canonical form. */
export interface ChainLink {
  readonly seq: number
  readonly at: number
  readonly text: string
  readonly hash: string
}

type Value = string | number | boolean | null | undefined | { readonly [key: string]: Value }

/** JSON without white space whose keys stand in the order of their UTF-16 code units; absent members are left out. */
const encode = (value: Value): string => {
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null)
  const members: Array<string> = []
  for (const key of Object.keys(value).sort()) {
    const member = value[key]
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${encode(member)}`)
  }
  return `{${members.join(",")}}`
}

/** The one text of an event, whatever the order in which its members were written. */
export const canonical = (event: AuditEvent): string => encode(event)

/** What is hashed for the entry that follows `previous`. Position and time are covered, so that no entry moves. */
export const linkInput = (previous: string, seq: number, at: number, text: string): string =>
  `exoclaw.audit.v1\n${previous}\n${seq}\n${at}\n${text}`

/** The state of a verification that goes through a chain entry by entry. */
export interface Walk {
  readonly head: ChainHead
  readonly broken: { readonly seq: number; readonly why: string } | undefined
}

export const start: Walk = { head: { seq: 0, hash: genesis }, broken: undefined }

const stop = (walk: Walk, seq: number, why: string): Walk => ({ head: walk.head, broken: { seq, why } })

/** Takes one more entry; stays at the first broken one. */
export const follow =
  (sha256: (text: string) => string) =>
  (walk: Walk, link: ChainLink): Walk => {
    if (walk.broken !== undefined) return walk
    const seq = walk.head.seq + 1
    if (link.seq !== seq) return stop(walk, seq, `entry ${seq} is missing: entry ${link.seq} stands in its place`)
    if (sha256(linkInput(walk.head.hash, seq, link.at, link.text)) !== link.hash) {
      return stop(walk, seq, `entry ${seq} does not match its hash: it was changed, or one before it`)
    }
    return { head: { seq, hash: link.hash }, broken: undefined }
  }

/** What is known of an entry from elsewhere than the chain; `how` as in "the one that was noted". */
export interface Claim extends ChainHead {
  readonly how: string
}

/** Holds the entry that the walk has just reached against what is known of it. */
export const hold = (walk: Walk, claim: Claim): Walk =>
  walk.broken !== undefined || walk.head.seq !== claim.seq || walk.head.hash === claim.hash
    ? walk
    : stop(walk, claim.seq, `entry ${claim.seq} is not the one that ${claim.how}: the chain was written anew`)

/** Ends a walk at a place that breaks it. */
export const breakAt = (walk: Walk, seq: number, why: string): Walk =>
  walk.broken === undefined ? stop(walk, seq, why) : walk

/**
 * Compares the end of the walk with the head that the log itself keeps: notices a tail that was cut off. `known` are
 * positions that must be there, whatever the head says.
 */
export const finish = (walk: Walk, head: ChainHead, known: ReadonlyArray<number> = []): Walk => {
  if (walk.broken !== undefined) return walk
  const last = Math.max(head.seq, ...known)
  if (walk.head.seq < last) {
    return stop(walk, walk.head.seq + 1, `entries ${walk.head.seq + 1} to ${last} are missing from the end`)
  }
  if (walk.head.hash !== head.hash) {
    return stop(walk, walk.head.seq, "the last entry is not the one that was recorded last")
  }
  return walk
}
