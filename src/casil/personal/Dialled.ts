/** Groups of digits as they are dialled, with the marks between them and what is dialled after them. */
import { chars } from "../CharClass.ts"
import type { Cursor } from "../engine/Cursor.ts"
import { isDigit, isWord } from "./Near.ts"

/** E.164: the most digits there are. */
const MOST = 15
const MOST_GROUPS = 8
const SPACE = 32
const OPEN = 40
const CLOSE = 41
const joins = chars(" -./")

/** A number as it was read: its groups of digits, and where it ends. */
export class Dialled {
  readonly groups: Array<string> = []
  digits = 0
  end = 0
  /** What separates the groups, where it is always the same. */
  join = -1
  mixed = false
  brackets = false
  extension = false

  get first(): string {
    return this.groups[0] ?? ""
  }

  has(...lengths: ReadonlyArray<number>): boolean {
    return lengths.length === this.groups.length && lengths.every((length, i) => this.groups[i]?.length === length)
  }
}

/** Groups of digits from `from` on, one join between any two; nothing if they are too many, "more" if they may go on. */
export const read = (cursor: Cursor, from: number): Dialled | "more" | undefined => {
  const { text } = cursor
  const dialled = new Dialled()
  // where its groups begin and end: most are no phone's, and need not be cut out
  const ends: Array<number> = []
  dialled.brackets = text.charCodeAt(from - 1) === OPEN
  let at = from
  for (;;) {
    let end = at
    while (isDigit(text.charCodeAt(end))) end++
    if (cursor.unknown(end)) return "more"
    if (end - at > MOST || end === at) return undefined
    ends.push(at, end)
    dialled.digits += end - at
    dialled.end = end
    const count = ends.length >> 1
    if (dialled.digits > MOST || count > MOST_GROUPS) return undefined
    // a bracket, a join, or a bracket and a join
    let next = end
    let join = text.charCodeAt(next)
    if (join === CLOSE && dialled.brackets && count <= 2) {
      next++
      if (cursor.unknown(next)) return "more"
      join = text.charCodeAt(next)
    }
    const isJoin = joins[join] === 1
    if (isJoin) {
      next++
      if (cursor.unknown(next)) return "more"
    }
    if (text.charCodeAt(next) === OPEN && count === 1) {
      next++
      if (cursor.unknown(next)) return "more"
      dialled.brackets = true
    }
    if (next === end || !isDigit(text.charCodeAt(next))) {
      for (let i = 0; i < ends.length; i += 2) dialled.groups.push(text.slice(ends[i], ends[i + 1]))
      return dialled
    }
    if (isJoin) {
      if (dialled.join >= 0 && dialled.join !== join) dialled.mixed = true
      dialled.join = join
    }
    at = next
  }
}

const LONGEST_EXTENSION = 6

/** Takes `x123` and `ext. 123` with it. "more" if that may still come. */
export const extend = (cursor: Cursor, dialled: Dialled): "more" | undefined => {
  const { text } = cursor
  let at = dialled.end
  if (text.charCodeAt(at) === SPACE) at++
  if (cursor.unknown(at)) return "more"
  const begin = text.slice(at, at + 5).toLowerCase()
  const mark = ["x", "ext. ", "ext.", "ext "].find((each) => begin.startsWith(each))
  if (mark === undefined) return begin.length < 5 && "ext. ".startsWith(begin) && !cursor.over ? "more" : undefined
  at += mark.length
  let end = at
  while (isDigit(text.charCodeAt(end)) && end - at < LONGEST_EXTENSION) end++
  if (cursor.unknown(end)) return "more"
  if (end === at || isWord(text.charCodeAt(end))) return undefined
  dialled.end = end
  dialled.extension = true
  return undefined
}
