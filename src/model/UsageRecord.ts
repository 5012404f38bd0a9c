/**
 * What a vendor said about use, word for word, as it is kept beside a charge: fields that nobody here knows may be ones
 * that somebody bills. Bounded, and without free text: a usage that quotes the prompt is no usage. Pure.
 */
import { forLogs } from "../casil/ForLogs.ts"
import { defaultPolicy } from "../casil/Policy.ts"
import type { Json, JsonObject } from "../domain/Json.ts"

/** Longest kept, in characters of JSON. */
export const longestRecord = 4_096
const deepest = 6
/** A word of the vendor's, such as the name of a tier or a region. */
const word = /^[A-Za-z0-9_.:/-]{0,64}$/
const name = /^[A-Za-z0-9_.:/ -]{1,64}$/
/** Longer than any word that a field or a tier is called by: what a key is made of. */
const key = /[A-Za-z0-9]{25}/
const secrets = forLogs(defaultPolicy)
const tells = (text: string): boolean => key.test(text) || secrets.text(text) !== text

const kept = (value: Json, depth: number): Json => {
  if (typeof value === "string") return word.test(value) && !tells(value) ? value : "(text)"
  if (typeof value !== "object" || value === null) return value
  if (depth >= deepest) return "(deeper)"
  if (Array.isArray(value)) return value.map((item: Json) => kept(item, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([field, item], n) => [
      name.test(field) && !tells(field) ? field : `(name ${n})`,
      kept(item, depth + 1)
    ])
  )
}

/** What is kept of a usage: all its fields, and of its texts those that are words. */
export const usageRecord = (usage: JsonObject): JsonObject => {
  const record = kept(usage, 0) as JsonObject
  const { length } = JSON.stringify(record)
  return length <= longestRecord ? record : { "(too long)": length }
}
