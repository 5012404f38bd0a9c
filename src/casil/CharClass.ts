/** Sets of characters as tables: one look-up per character, no regular expression on text a peer can send. */

/** Indexed by code unit; index 128 stands for everything beyond ASCII. */
export type CharClass = Uint8Array

/** Where what is beyond ASCII has its place. */
export const BEYOND = 128

/** The class of all characters in `chars`. */
export const chars = (chars: string): CharClass => {
  const table = new Uint8Array(BEYOND + 1)
  for (let i = 0; i < chars.length; i++) table[Math.min(chars.charCodeAt(i), BEYOND)] = 1
  return table
}

const shared = new Map<string, CharClass>()

/** The same, one table for all who ask for the same characters: a run of them is then looked for once, whoever asks. */
export const sharedClass = (alphabet: string): CharClass => {
  const table = chars(alphabet)
  const key = table.join("")
  const known = shared.get(key)
  if (known !== undefined) return known
  shared.set(key, table)
  return table
}

/** The class of all visible characters, ASCII or not, except those in `chars`. */
export const visibleExcept = (excluded: string): CharClass => {
  const table = new Uint8Array(BEYOND + 1)
  for (let code = 33; code <= BEYOND; code++)
    table[code] = code !== 127 && !excluded.includes(String.fromCharCode(code)) ? 1 : 0
  table[BEYOND] = 1
  return table
}

/** The class of all visible ASCII characters except those in `chars`. */
export const asciiExcept = (excluded: string): CharClass => {
  const table = visibleExcept(excluded)
  table[BEYOND] = 0
  return table
}

/** Everything but the characters of `excluded`. */
export const except = (excluded: string): CharClass => {
  const table = new Uint8Array(BEYOND + 1).fill(1)
  for (let i = 0; i < excluded.length; i++) table[Math.min(excluded.charCodeAt(i), BEYOND)] = 0
  return table
}

export const has = (set: CharClass, code: number): boolean => set[code < BEYOND ? code : BEYOND] === 1

/** Whether every character of `text` is in `set`. */
export const only = (set: CharClass, text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (!has(set, text.charCodeAt(i))) return false
  return true
}

/** Whether a character of `set` is among those of `text` from `from` on, before `to`. */
export const some = (set: CharClass, text: string, from: number, to: number): boolean => {
  for (let i = from; i < to; i++) if (has(set, text.charCodeAt(i))) return true
  return false
}

/** Where the run of characters of `set` that begins at `from` ends. */
export const runEnd = (set: CharClass, text: string, from: number, limit: number = text.length): number => {
  let end = from
  while (end < limit && has(set, text.charCodeAt(end))) end++
  return end
}

export const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
export const LOWER = "abcdefghijklmnopqrstuvwxyz"
export const DIGITS = "0123456789"

/** Digits first: the order in which base-62 checksums are written. */
export const BASE62 = DIGITS + UPPER + LOWER
export const BASE32 = `${UPPER}234567`
export const BASE64 = `${BASE62}+/`
export const BASE64URL = `${BASE62}-_`
export const HEX = `${DIGITS}abcdef`

export const nothing = chars("")
export const digit = chars(DIGITS)
export const upper = chars(UPPER)
export const lower = chars(LOWER)
export const letter = chars(UPPER + LOWER)
export const hex = chars(`${HEX}ABCDEF`)
export const alnum = chars(BASE62)
export const word = chars(`${BASE62}_`)
export const token = chars(BASE64URL)
export const base64 = chars(`${BASE64}=`)
export const space = chars(" \t\r\n")
export const blank = chars(" \t")
