/** Names of fields whose text is redacted. */

const ZERO = 48
const NINE = 57

const isIndex = (segment: string): boolean => {
  const first = segment.charCodeAt(0)
  return first >= ZERO && first <= NINE && !Number.isNaN(Number(segment))
}

/** The name of the field that a path (a JSON Pointer) leads to: its last part that is no index. */
export const fieldName = (path: string): string => {
  let end = path.length
  for (;;) {
    const slash = path.lastIndexOf("/", end - 1)
    if (slash < 0) return ""
    const segment = path.slice(slash + 1, end)
    if (!isIndex(segment)) return segment
    end = slash
  }
}

const plain = (name: string): string => name.replaceAll("_", "").replaceAll("-", "").toLowerCase()

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
