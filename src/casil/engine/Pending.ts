/** A rule that was asked and needs more text before it can answer. */
import { type CharClass, has } from "../CharClass.ts"
import type { Rule } from "../Rule.ts"
import { MAX_HELD } from "./Cursor.ts"
import type { Match } from "./Match.ts"
import type { WordRule } from "./RuleSet.ts"

/** What is swallowed of one secret. */
const MAX_SWALLOWED = 1 << 20
const DASH = 45

export interface Pending {
  readonly ask: Rule | WordRule
  readonly from: number
  readonly at: number
  readonly lead: number
  readonly floor: number
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

/** Whether a character has come that `each` waits for. */
export const ready = (each: Pending, text: string, base: number): boolean => {
  let i = each.resume - base
  const last = Math.min(each.until, each.from + MAX_HELD + 1) - base
  while (i < text.length && i < last && has(each.set, text.charCodeAt(i))) i++
  each.resume = i + base
  return i < text.length || i >= last
}

/** Follows a secret of any length; where it ends, unless it may go on. */
export const swallow = (each: Pending, text: string, base: number, over: boolean): number | undefined => {
  let i = each.resume - base
  let open = true
  for (; i < text.length && open; i++) {
    const code = text.charCodeAt(i)
    each.dashes = code === DASH ? each.dashes + 1 : 0
    open = has(each.set, code) && i + base - each.hold < MAX_SWALLOWED && (each.fence === 0 || each.dashes < each.fence)
  }
  each.resume = i + base
  if (open && !over) return undefined
  return open ? i + base : i - 1 + base - (each.dashes === each.fence && each.fence > 0 ? each.fence - 1 : 0)
}
