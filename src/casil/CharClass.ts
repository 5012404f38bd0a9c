/** Sets of characters as tables: one look-up per character, no regular expression on text a peer can send. */

/** Indexed by code unit; index 128 stands for everything beyond ASCII. */
export type CharClass = Uint8Array

const BEYOND = 128

/** The class of all characters in `chars`. */
export const chars = (chars: string): CharClass => {
  const table = new Uint8Array(BEYOND + 1)
  for (let i = 0; i < chars.length; i++) table[Math.min(chars.charCodeAt(i), BEYOND)] = 1
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

export const has = (set: CharClass, code: number): boolean => set[code < BEYOND ? code : BEYOND] === 1

const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
const LOWER = "abcdefghijklmnopqrstuvwxyz"
const DIGIT = "0123456789"

/** Digits first: the order in which base-62 checksums are written. */
export const BASE62 = DIGIT + UPPER + LOWER
export const BASE32 = `${UPPER}234567`
export const BASE64URL = `${BASE62}-_`
export const HEX = `${DIGIT}abcdef`

export const digit = chars(DIGIT)
export const hex = chars(`${HEX}ABCDEF`)
export const alnum = chars(BASE62)
export const word = chars(`${BASE62}_`)
export const token = chars(BASE64URL)
