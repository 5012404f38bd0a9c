/** Where a word begins. */
import { type CharClass, has, hex } from "./CharClass.ts"

const BACKSLASH = 92
const PERCENT = 37

/**
 * Whether a token can begin after `before`: its last character is not in `set`, or it is the end of an escape as raw
 * JSON (`\n`) or a URL (`%3D`) have it.
 */
export const opens = (set: CharClass, before: string): boolean => {
  const end = before.length
  if (end === 0) return true
  const last = before.charCodeAt(end - 1)
  if (!has(set, last)) return true
  if (end < 2) return false
  const previous = before.charCodeAt(end - 2)
  if (previous === BACKSLASH) return last === 110 || last === 114 || last === 116
  return end > 2 && before.charCodeAt(end - 3) === PERCENT && has(hex, previous) && has(hex, last)
}
