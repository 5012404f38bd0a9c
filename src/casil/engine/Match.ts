/** What the engine found, and what stands in its place. */
import type { Tier } from "../Finding.ts"
import type { Cursor } from "./Cursor.ts"

/** How a text may be written inside another one. */
export type Via = "base64" | "hex" | "escapes"

/** A secret at `[start, end)`. */
export interface Match {
  readonly rule: string
  readonly start: number
  readonly end: number
  /** In hundredths. */
  readonly confidence: number
  /** What stands in its place, when that is not the usual: an encoded one is replaced encoded. */
  readonly replacement?: string
  /** How it was hidden. */
  readonly flag?: "encoded" | "split"
  /** The writings that it was read out of, the outermost first. */
  readonly via?: ReadonlyArray<Via>
}

/** The earlier before the later, of those that begin in one place the longer first. */
export const byPlace = (a: Match, b: Match): number => a.start - b.start || b.end - a.end
/** What a rule has found, of which the cursor says where. It is split if the field in which it begins ends at `floor`. */
export const matchOf = (cursor: Cursor, rule: string, base: number, floor: number): Match => {
  const start = cursor.start + base
  const end = cursor.end + base
  const match: Match = { rule: cursor.label ?? rule, start, end, confidence: cursor.confidence }
  return start < floor && end > floor ? { ...match, flag: "split" } : match
}

/** What it has found beside that. */
export const othersOf = (cursor: Cursor, rule: string, base: number): ReadonlyArray<Match> =>
  cursor.others.map(([start, end, confidence, label]) => ({
    rule: label ?? cursor.label ?? rule,
    start: start + base,
    end: end + base,
    confidence
  }))

/** The matches that stand inside no other one: what does is a part of that. */
const outermost = (matches: ReadonlyArray<Match>): ReadonlyArray<Match> => {
  let end = 0
  return matches.toSorted(byPlace).filter((match) => {
    const outside = match.start >= end
    if (outside) end = match.end
    return outside
  })
}

/** What of a text that was read out of another one counts in that: secrets, each once. */
export const secretsIn = (matches: ReadonlyArray<Match>, tiers: ReadonlyMap<string, Tier>): ReadonlyArray<Match> =>
  outermost(withoutLikely(matches, tiers)).filter(({ rule }) => tiers.get(rule) !== "pii")

/** What stands where a secret was. */
export const redaction = (rule: string): string => `[redacted:${rule}]`

/** The spans of matches as one ascending row without overlaps, looked up by halves: where the first is that `match` touches. */
const rowOf = (all: ReadonlyArray<Match>): ((match: Match) => readonly [start: number, end: number] | undefined) => {
  const starts: Array<number> = []
  const ends: Array<number> = []
  for (const { end, start } of all.toSorted((a, b) => a.start - b.start)) {
    const last = ends.length - 1
    if (last >= 0 && start < (ends[last] ?? 0)) ends[last] = Math.max(ends[last] ?? 0, end)
    else {
      starts.push(start)
      ends.push(end)
    }
  }
  return ({ end, start }) => {
    let low = 0
    let high = ends.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ends[middle] ?? 0) <= start) low = middle + 1
      else high = middle
    }
    const first = starts[low]
    return first !== undefined && first < end ? [first, ends[low] ?? first] : undefined
  }
}

/** Whether a match overlaps one of `all`. */
export const overlapping = (all: ReadonlyArray<Match>): ((match: Match) => boolean) => {
  const touched = rowOf(all)
  return (match) => touched(match) !== undefined
}

/** Of a match, how much stands before and after the first of `all` that it overlaps; nothing where it overlaps none. */
export const besides = (
  all: ReadonlyArray<Match>
): ((match: Match) => readonly [before: number, after: number] | undefined) => {
  const touched = rowOf(all)
  return (match) => {
    const [start, end] = touched(match) ?? []
    return start === undefined || end === undefined ? undefined : [start - match.start, match.end - end]
  }
}

/** Without what is only likely where something is certain: a format says more than the name beside it. */
const withoutLikely = (matches: ReadonlyArray<Match>, tiers: ReadonlyMap<string, Tier>): ReadonlyArray<Match> => {
  const isCertain = ({ rule }: Match) => tiers.get(rule) === "structural" || tiers.get(rule) === "custom"
  const overlapsCertain = overlapping(matches.filter(isCertain))
  return matches.filter((match) => isCertain(match) || !overlapsCertain(match))
}
