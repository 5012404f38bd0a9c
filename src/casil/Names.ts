/** Names of fields whose text is redacted. */
import { isPlain } from "./engine/Fold.ts"
import { looksOf, waysOf } from "./engine/Looks.ts"

const ZERO = 48
const NINE = 57

/** Whether a part of a path is a place in a list rather than a name. */
export const isIndex = (segment: string): boolean => {
  const first = segment.charCodeAt(0)
  return first >= ZERO && first <= NINE && !Number.isNaN(Number(segment))
}

const SLASH = 47
const DOT = 46
const ONE = 49
const TILDE = 126

/** How long a mark is that ends before `end` and parts names from each other: `/`, `.`, and a slash in a key, `~1`. */
const markBefore = (path: string, end: number): number => {
  const code = end === 0 ? SLASH : path.charCodeAt(end - 1)
  if (code === SLASH || code === DOT) return 1
  return code === ONE && path.charCodeAt(end - 2) === TILDE ? 2 : 0
}

/** The name of the field that a path leads to: the last part that is no index, where `/` and `.` separate parts. */
export const fieldName = (path: string): string => {
  let end = path.length
  for (let i = path.length; i >= 0; i--) {
    const mark = markBefore(path, i)
    if (mark === 0) continue
    const segment = path.slice(i, end)
    if (segment !== "" && !isIndex(segment)) return segment
    end = i - mark
    i = end + 1
  }
  return ""
}

const BLANK = 32
const DASH = 45
const UNDERSCORE = 95

const isSeparator = (code: number): boolean => code <= BLANK || code === DASH || code === UNDERSCORE

/** The letters of a name. */
const plain = (name: string): string => {
  let letters = ""
  let from = 0
  for (let i = 0; i < name.length; i++) {
    if (!isSeparator(name.charCodeAt(i))) continue
    letters += name.slice(from, i)
    from = i + 1
  }
  return (from === 0 ? name : letters + name.slice(from)).toLowerCase()
}

/** A set of names in which neither case nor separators nor what cannot be seen matter. */
export interface Names {
  readonly has: (name: string) => boolean
}

export const namesOf = (names: ReadonlyArray<string>): Names => {
  const plainNames = new Set(names.flatMap(waysOf).map(plain))
  const lengths = [...plainNames].map(({ length }) => length)
  const least = Math.min(...lengths)
  // a separator between any two letters is generous enough
  const most = Math.max(...lengths) * 2
  return {
    has: (name) => {
      if (name.length < least) return false
      if (isPlain(name)) return name.length <= most && plainNames.has(plain(name))
      // a capital and its small letter may look like different ones
      return [looksOf(name), looksOf(name.toLowerCase())].some(
        (seen) => seen.length >= least && seen.length <= most && plainNames.has(plain(seen))
      )
    }
  }
}
