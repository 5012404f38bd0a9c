/** Reading a vendor's JSON without trusting it. */
import type { Json, JsonObject } from "../../src/domain/Json.ts"

/** The value a text is, or undefined. */
export const parse = (text: string): Json | undefined => {
  // an adapter's edge: what a vendor sends is either JSON or it is not
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The object at a key, or an empty one. */
export const objectAt = (object: JsonObject, key: string): JsonObject => {
  const value = object[key]
  return isObject(value) ? value : {}
}

export const stringAt = (object: JsonObject, key: string): string | undefined => {
  const value = object[key]
  return typeof value === "string" ? value : undefined
}

/** A count: absent is 0, and what is no number is NaN, so that no sum with it is ever taken for a count. */
export const countAt = (object: JsonObject, key: string): number => {
  const value = object[key]
  return value === undefined || value === null ? 0 : typeof value === "number" ? value : Number.NaN
}

export const listAt = (object: JsonObject, key: string): ReadonlyArray<Json> => {
  const value = object[key]
  return Array.isArray(value) ? value : []
}
