/** What somebody who comes back has missed, held against what is kept. Pure. */
import type { RecoveryOutcome } from "../Event.ts"
import type { Range } from "../History.ts"
import { type Position, sameEpoch } from "../Position.ts"
import type { Hole } from "./Sequence.ts"

export interface Plan {
  readonly outcome: Exclude<RecoveryOutcome, "none">
  /** Told before what follows. */
  readonly holes: ReadonlyArray<Hole>
  /** What follows begins behind this offset of the range's epoch. */
  readonly after: number
}

/**
 * `range` was read behind `had`, the newest that fit. Complete means: exactly what stands between `had` and the range's
 * top is in it. Everything else is a gap, and the holes say which.
 */
export const plan = (
  had: Position,
  range: Pick<Range, "epoch" | "first" | "top"> & { readonly from: number }
): Plan => {
  const { epoch, first, from, top } = range
  if (!sameEpoch(had.epoch, epoch))
    return { outcome: "gap", holes: [{ epoch, from: 1, to: from - 1, reason: "epoch" }], after: from - 1 }
  // it has had what this history never gave: the two do not speak of the same messages
  if (had.offset > top) return { outcome: "gap", holes: [{ epoch, from: 1, to: top, reason: "epoch" }], after: top }
  if (from <= had.offset + 1) return { outcome: "complete", holes: [], after: had.offset }
  const trimmed = Math.min(first, from) - 1
  const holes: Array<Hole> = []
  if (trimmed > had.offset) holes.push({ epoch, from: had.offset + 1, to: trimmed, reason: "trimmed" })
  const rest = Math.max(trimmed, had.offset) + 1
  if (from > rest) holes.push({ epoch, from: rest, to: from - 1, reason: "limit" })
  return { outcome: "gap", holes, after: from - 1 }
}
