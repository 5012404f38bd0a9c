/** Names of fields whose text is redacted. */

const ZERO = 48
const NINE = 57

const isIndex = (segment: string): boolean => {
  const first = segment.charCodeAt(0)
  return first >= ZERO && first <= NINE && !Number.isNaN(Number(segment))
}

const SLASH = 47
const DOT = 46

/** The name of the field that a path leads to: the last part that is no index, where `/` and `.` separate parts. */
export const fieldName = (path: string): string => {
  let end = path.length
  for (let i = path.length - 1; i >= -1; i--) {
    const code = i < 0 ? SLASH : path.charCodeAt(i)
    if (code !== SLASH && code !== DOT) continue
    const segment = path.slice(i + 1, end)
    if (segment !== "" && !isIndex(segment)) return segment
    end = i
  }
  return ""
}

const plain = (name: string): string =>
  (name.includes("_") || name.includes("-") ? name.replaceAll("_", "").replaceAll("-", "") : name).toLowerCase()

/** A set of names in which neither case nor separators matter. */
export interface Names {
  readonly has: (name: string) => boolean
}

export const namesOf = (names: ReadonlyArray<string>): Names => {
  const plainNames = new Set(names.map(plain))
  const lengths = [...plainNames].map(({ length }) => length)
  const least = Math.min(...lengths)
  // a separator between any two letters is generous enough
  const most = Math.max(...lengths) * 2
  return { has: (name) => name.length >= least && name.length <= most && plainNames.has(plain(name)) }
}
