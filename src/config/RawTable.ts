/** A configuration before it is checked: nested tables as a TOML parser gives them. */
import { type KeyPath, quote } from "./KeyPath.ts"

export interface RawTable {
  readonly [key: string]: unknown
}

export const isTable = (value: unknown): value is RawTable =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date)

/** The value at a path; own keys only, so that `__proto__` is a key like any other. */
export const get = (root: RawTable, path: KeyPath): unknown =>
  path.reduce<unknown>((value, part) => {
    if (typeof part === "number") return Array.isArray(value) ? value[part] : undefined
    return isTable(value) && Object.hasOwn(value, part) ? value[part] : undefined
  }, root)

/** A copy with one value set. Where the path leads through something that is no table, the copy is unchanged. */
export const set = (root: RawTable, path: ReadonlyArray<string>, value: unknown): RawTable => {
  const [name, ...rest] = path
  if (name === undefined) return root
  // No prototype, so that no name means anything but itself.
  const copy: { [key: string]: unknown } = Object.assign(Object.create(null), root)
  const below = Object.hasOwn(root, name) ? root[name] : undefined
  if (rest.length === 0) copy[name] = value
  else if (below === undefined || isTable(below)) copy[name] = set(below ?? {}, rest, value)
  return copy
}

/** Longest text that a message repeats: names and modes are shorter, keys and tokens are longer. */
const longest = 24

/** The value as a message may show it: short, never a whole table, and no text that may hold a secret. */
export const describe = (value: unknown): string => {
  if (typeof value === "string") {
    return value.length > longest || value.includes("@") ? `a text of ${value.length} characters` : quote(value)
  }
  if (typeof value === "number" || typeof value === "boolean") return String(value)
  if (Array.isArray(value)) return value.length === 1 ? "a list of one value" : `a list of ${value.length} values`
  return value instanceof Date ? "a date" : "a table"
}
