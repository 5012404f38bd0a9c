/**
 * How much JSON a plugin may hand over at once. It is counted before anything is parsed: what would keep the gateway busy
 * for long is refused at the price of one look at each character. Pure and linear; what is no JSON is left to the parser.
 */

export interface JsonBounds {
  /** UTF-16 units: never more than it has bytes. */
  readonly characters: number
  /** Lists and objects within one another. */
  readonly depth: number
  /** Values in all: every list, object, member and element counts. */
  readonly values: number
}

/** A name, a number, a short text. */
export const small: JsonBounds = { characters: 16 * 1024, depth: 8, values: 64 }
/** The same with one long text in it. */
export const text: JsonBounds = { characters: 512 * 1024, depth: 8, values: 64 }
/** Whatever an embedding program wants. */
export const any: JsonBounds = { characters: 512 * 1024, depth: 64, values: 10_000 }

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN = new Set([0x5b, 0x7b])
const CLOSE = new Set([0x5d, 0x7d])

/** Behind the string that begins at `start`. */
const behindString = (json: string, start: number): number => {
  let at = start + 1
  for (let code = json.charCodeAt(at); at < json.length && code !== QUOTE; code = json.charCodeAt(at)) {
    at += code === BACKSLASH ? 2 : 1
  }
  return at + 1
}

/** What there is too much of; undefined where all is within the bounds. */
export const beyond = (json: string, bounds: JsonBounds): string | undefined => {
  if (json.length > bounds.characters) return `more than ${bounds.characters} characters`
  let depth = 0
  let values = 1
  for (let at = 0; at < json.length;) {
    const code = json.charCodeAt(at)
    if (code === QUOTE) {
      at = behindString(json, at)
      continue
    }
    if (OPEN.has(code)) {
      values++
      depth++
    } else if (CLOSE.has(code)) depth--
    else if (code === COMMA) values++
    if (depth > bounds.depth) return `more than ${bounds.depth} lists and objects within one another`
    if (values > bounds.values) return `more than ${bounds.values} values`
    at++
  }
  return undefined
}
