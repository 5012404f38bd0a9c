/** One text for one JSON value, however its members were ordered: what a hash is taken of. */
import type { Json } from "./Json.ts"

/**
 * JSON without white space whose keys stand in the order of their UTF-16 code units; members that are undefined are left
 * out. Two values have the same text exactly where they are the same JSON.
 */
export const canonicalJson = (value: Json | undefined): string => {
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null)
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`
  const members: Array<string> = []
  for (const key of Object.keys(value).sort()) {
    const member = value[key]
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`)
  }
  return `{${members.join(",")}}`
}

// `Array.isArray` does not narrow a readonly array away
const isList = (value: Json): value is ReadonlyArray<Json> => Array.isArray(value)
