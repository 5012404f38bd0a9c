/** Walks every text of a value and rebuilds the value around the replacements. */
import type { Json, JsonObject } from "../domain/Json.ts"
import { fieldName } from "./Names.ts"

/** Visits every text in a value and rebuilds the value with the replacements, in the same shape. */
export type Walker<A> = (value: A, visit: Visit) => A

/** Gives what stands instead. `key` says whether the text is the name of a field; without it, the end of the path does. */
export type Visit = (text: string, path: string, key?: boolean) => string

/** A text of a value, and where in it that stands. */
export interface Visited {
  readonly text: string
  readonly path: string
  /** As `Visit` has it: a path that nobody reads is never put together. */
  readonly key?: boolean | undefined
  /** The name of its field, where that is known without the path: what `fieldName` says of it. */
  readonly name?: string | undefined
}

/** The name of the field that a text is in. */
export const nameOf = ({ name, path }: Visited): string => name ?? fieldName(path)

/** Whether a text is the name of a field: the path of one ends with a mark. */
export const isKey = (path: string): boolean => path.endsWith("#")

/** Deeper values are not walked: they are an error, and the policy's default decision applies. */
export const MAX_DEPTH = 256

export class TooDeep extends Error {
  override readonly name = "TooDeep"
}

export const isArray = (value: Json): value is ReadonlyArray<Json> => Array.isArray(value)

/** Longer paths, which only a hostile value has, begin with a mark instead of their beginning. */
export const LONGEST_PATH = 256
const LEFT_OUT = "/~"

/**
 * A key of an object as part of a path (RFC 6901); of a long one, the end, which says more of what it is. One that ends
 * as the path of a key does is written otherwise: its value is none.
 */
export const escape = (key: string): string => {
  const part = key.length > LONGEST_PATH ? key.slice(-LONGEST_PATH) : key
  const escaped = part.includes("~") || part.includes("/") ? part.replaceAll("~", "~0").replaceAll("/", "~1") : part
  return isKey(escaped) ? `${escaped.slice(0, -1)}~2` : escaped
}

/** A path that others are made of. */
export const stem = (path: string): string => (path.length > LONGEST_PATH ? LEFT_OUT : path)

/** The same for those of an array's parts, which have the name of its field. */
export const stemOfArray = (path: string): string =>
  path.length > LONGEST_PATH ? `${LEFT_OUT}/${fieldName(path).slice(-LONGEST_PATH)}` : path

const walkObject = (value: JsonObject, visit: Visit, path: string, depth: number): JsonObject => {
  const keys = Object.keys(value)
  const under = stem(path)
  // a copy is made only of what has changed
  let walked: Array<readonly [string, Json]> | undefined
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] ?? ""
    const child = value[key] as Json
    const at = `${under}/${escape(key)}`
    const newKey = visit(key, `${at}#`, true)
    const newChild = walk(child, visit, at, depth + 1)
    if (newKey !== key || newChild !== child) walked ??= keys.slice(0, i).map((same) => [same, value[same] as Json])
    walked?.push([newKey, newChild])
  }
  if (walked === undefined) return value
  // two redacted keys may have become one
  const taken = new Map<string, number>()
  return Object.fromEntries(
    walked.map(([key, child]) => {
      let unused = key
      for (let n = taken.get(key) ?? 1; taken.has(unused); n++) {
        unused = `${key}#${n + 1}`
        taken.set(key, n + 1)
      }
      taken.set(unused, 1)
      return [unused, child]
    })
  )
}

const walk = (value: Json, visit: Visit, path: string, depth: number): Json => {
  if (typeof value === "string") return visit(value, path, false)
  if (typeof value !== "object" || value === null) return value
  if (depth >= MAX_DEPTH) throw new TooDeep()
  if (!isArray(value)) return walkObject(value, visit, path, depth)
  const under = stemOfArray(path)
  const walked = value.map((child, index) => walk(child, visit, `${under}/${index}`, depth + 1))
  return walked.every((child, index) => child === value[index]) ? value : walked
}

/**
 * Texts and keys of a JSON value, in order. The path is a JSON Pointer to the text; that of a key is the pointer to its
 * value and `#`.
 */
export const json: Walker<Json> = (value, visit) => walk(value, visit, "", 0)

/** The same for a value that is known to be an object. */
export const jsonObject: Walker<JsonObject> = (value, visit) => walkObject(value, visit, "", 0)

/** A text that is its own value. */
export const text: Walker<string> = (value, visit) => visit(value, "")
