/** Walks every text of a value and rebuilds the value around the replacements. */
import type { Json, JsonObject } from "../domain/Json.ts"

/** Visits every text in a value and rebuilds the value with the replacements, in the same shape. */
export type Walker<A> = (value: A, visit: (text: string, path: string) => string) => A

/** Deeper values are not walked: they are an error, and the policy's default decision applies. */
export const MAX_DEPTH = 256

export class TooDeep extends Error {
  override readonly name = "TooDeep"
}

const isArray = (value: Json): value is ReadonlyArray<Json> => Array.isArray(value)

/** A key of an object as part of a path (RFC 6901). */
export const escape = (key: string): string =>
  key.includes("~") || key.includes("/") ? key.replaceAll("~", "~0").replaceAll("/", "~1") : key

const walkObject = (
  value: JsonObject,
  visit: (text: string, path: string) => string,
  path: string,
  depth: number
): JsonObject => {
  const entries = Object.entries(value)
  const walked: Array<readonly [string, Json]> = []
  let same = true
  for (const [key, child] of entries) {
    const name = escape(key)
    const newKey = visit(key, `${path}/${name}#`)
    const newChild = walk(child, visit, `${path}/${name}`, depth + 1)
    same &&= newKey === key && newChild === child
    walked.push([newKey, newChild])
  }
  if (same) return value
  // two redacted keys may have become one
  const taken = new Set<string>()
  return Object.fromEntries(
    walked.map(([key, child]) => {
      let unused = key
      for (let n = 2; taken.has(unused); n++) unused = `${key}#${n}`
      taken.add(unused)
      return [unused, child]
    })
  )
}

const walk = (value: Json, visit: (text: string, path: string) => string, path: string, depth: number): Json => {
  if (typeof value === "string") return visit(value, path)
  if (typeof value !== "object" || value === null) return value
  if (depth >= MAX_DEPTH) throw new TooDeep()
  if (!isArray(value)) return walkObject(value, visit, path, depth)
  const walked = value.map((child, index) => walk(child, visit, `${path}/${index}`, depth + 1))
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
