/**
 * JSON as it is written, with some of its texts replaced: everything else stays as it was, down to the last digit of a
 * number that no double holds.
 */
import { textsOf } from "../../../src/casil/Decision.ts"
import { json } from "../../../src/casil/Walker.ts"
import type { Json } from "../../../src/domain/Json.ts"

const [QUOTE, BACKSLASH] = [34, 92] as const

/** The texts and keys of JSON in the order in which they are written, with their quotes: where each begins and ends. */
export const textsIn = (written: string): ReadonlyArray<readonly [start: number, end: number]> => {
  const found: Array<readonly [number, number]> = []
  let start = -1
  for (let i = 0; i < written.length; i++) {
    const code = written.charCodeAt(i)
    if (start >= 0 && code === BACKSLASH) i++
    else if (code === QUOTE) {
      if (start >= 0) found.push([start, i + 1])
      start = start < 0 ? i : -1
    }
  }
  return found
}

/** `written`, which is `before`, as `after`, which has the same shape. */
export const rewrite = (written: string, before: Json, after: Json): string => {
  const places = textsIn(written)
  const old = textsOf(before, json)
  const texts = textsOf(after, json)
  let out = ""
  let at = 0
  for (let i = 0; i < places.length; i++) {
    const [start, end] = places[i] ?? [0, 0]
    const text = texts[i]?.text
    // keys that are numbers stand first in a value, wherever they are written
    if (text === undefined || JSON.parse(written.slice(start, end)) !== old[i]?.text) return JSON.stringify(after)
    if (text === old[i]?.text) continue
    out += written.slice(at, start) + JSON.stringify(text)
    at = end
  }
  return out + written.slice(at)
}
