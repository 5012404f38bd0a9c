/** Which texts of a turn's events and blocks are content, for Casil. */
import type { Walker } from "../casil/Casil.ts"
import type { Json, JsonObject } from "../domain/Json.ts"
import type { EventBody } from "../session/TurnEvent.ts"

const walkJson = (value: Json, visit: (text: string, path: string) => string, path: string): Json => {
  if (typeof value === "string") return visit(value, path)
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map((item: Json, i) => walkJson(item, visit, `${path}.${i}`))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walkJson(item, visit, `${path}.${key}`)]))
}

/** Every string of a JSON object. */
export const jsonObject: Walker<JsonObject> = (value, visit) =>
  // an object stays an object
  walkJson(value, visit, "") as JsonObject

/** Nothing: for events that hold only our own words, ids and numbers. */
export const ours: Walker<EventBody> = (body) => body
