/** Where a word begins. */
import { type CharClass, has, hex } from "../CharClass.ts"

const BACKSLASH = 92
const PERCENT = 37

/**
 * Whether a token can begin at `at` of `text`, of which nothing before `floor` counts: the character before is not in
 * `set`, or it is the end of an escape as raw JSON (`\n`) or a URL (`%3D`) have it.
 */
export const opens = (set: CharClass, text: string, at: number, floor: number): boolean => {
  if (at <= floor) return true
  const last = text.charCodeAt(at - 1)
  if (!has(set, last)) return true
  if (at - 1 <= floor) return false
  const previous = text.charCodeAt(at - 2)
  if (previous === BACKSLASH) return last === 110 || last === 114 || last === 116
  return at - 2 > floor && text.charCodeAt(at - 3) === PERCENT && has(hex, previous) && has(hex, last)
}
