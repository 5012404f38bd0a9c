/** A rule that was asked and needs more text before it can answer. */
import { type CharClass, has } from "../CharClass.ts"
import type { Rule } from "../Rule.ts"
import { type Cursor, MAX_HELD } from "./Cursor.ts"
import type { Match } from "./Match.ts"
import type { WordRule } from "./RuleSet.ts"

/** What is swallowed of one secret. */
const MAX_SWALLOWED = 1 << 20
const DASH = 45

/** Where a rule is asked. */
export interface Place {
  readonly from: number
  readonly at: number
  readonly lead: number
  readonly floor: number
  /** Where the anchor of the same rule before this one begins; below zero for nowhere. */
  readonly previous: number
}

export interface Pending extends Place {
  readonly ask: Rule | WordRule
  resume: number
  set: CharClass
  until: number
  hold: number
  swallowing: boolean
  fence: number
  dashes: number
  /** What was found in the field that it began in, and may be only a part of it. */
  part: Match | undefined
}

/** Where the first of what is open begins, as a place or as what is held back; `none` if none begins before. */
export const leastOf = (open: ReadonlyArray<Pending>, what: "from" | "hold", none: number): number => {
  let least = none
  for (const each of open) if (each[what] < least) least = each[what]
  return least
}

/** What is open after `ask` was asked at `place` and needs more. */
export const pendingOf = (ask: Rule | WordRule, place: Place, cursor: Cursor, base: number): Pending => {
  const swallowing = cursor.outcome === "swallow"
  return {
    ask,
    from: place.from,
    at: place.at,
    lead: place.lead,
    floor: place.floor,
    previous: place.previous,
    resume: cursor.resume + base,
    set: cursor.set,
    until: cursor.until + base,
    hold: (swallowing ? cursor.start : cursor.hold) + base,
    swallowing,
    fence: cursor.fence,
    dashes: 0,
    part: undefined
  }
}

/** Whether a character has come that `each` waits for. */
export const ready = (each: Pending, text: string, base: number): boolean => {
  let i = each.resume - base
  const last = Math.min(each.until, each.from + MAX_HELD + 1) - base
  while (i < text.length && i < last && has(each.set, text.charCodeAt(i))) i++
  each.resume = i + base
  return i < text.length || i >= last
}

/** Follows a secret of any length; all of it, unless it may go on. */
export const swallow = (each: Pending, text: string, base: number, over: boolean): Match | undefined => {
  let i = each.resume - base
  let open = true
  for (; i < text.length && open; i++) {
    const code = text.charCodeAt(i)
    each.dashes = code === DASH ? each.dashes + 1 : 0
    open = has(each.set, code) && i + base - each.hold < MAX_SWALLOWED && (each.fence === 0 || each.dashes < each.fence)
  }
  each.resume = i + base
  if (open && !over) return undefined
  const end = open ? i + base : i - 1 + base - (each.dashes === each.fence && each.fence > 0 ? each.fence - 1 : 0)
  return { rule: each.ask.id, start: each.hold, end, confidence: 100 }
}
