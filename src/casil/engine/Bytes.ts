/** Bytes that were read as characters of one byte each, as the UTF-8 that they may be. */

export interface Decoded {
  readonly text: string
  /** Which byte each code unit of the text begins with, and where the last one ends. */
  readonly at: ReadonlyArray<number>
}

/** How many bytes a character has that begins with this one; 0 for none that does. */
const lengthOf = (byte: number): number =>
  byte < 0x80 ? 1 : byte < 0xc2 ? 0 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf5 ? 4 : 0

const isNext = (byte: number): boolean => byte >= 0x80 && byte < 0xc0

/** The least character of so many bytes. */
const LEAST = [0, 0, 0x80, 0x800, 0x10000]

/** The character at `i` and its length; nothing where the bytes are none. */
const characterAt = (bytes: string, i: number): readonly [code: number, length: number] | undefined => {
  const first = bytes.charCodeAt(i)
  const length = lengthOf(first)
  if (length < 2 || i + length > bytes.length) return undefined
  let code = first & (0xff >> (length + 1))
  for (let n = 1; n < length; n++) {
    const byte = bytes.charCodeAt(i + n)
    if (!isNext(byte)) return undefined
    code = (code << 6) | (byte & 0x3f)
  }
  // written longer than it must be, or half of a pair: no UTF-8
  const isNone = code > 0x10ffff || code < (LEAST[length] ?? 0) || (code >= 0xd800 && code < 0xe000)
  return isNone ? undefined : [code, length]
}

/** The text that bytes are; nothing if each of them is a character. What is no UTF-8 stays a character for each byte. */
export const decodeUtf8 = (bytes: string): Decoded | undefined => {
  const { length } = bytes
  let first = 0
  while (first < length && (bytes.charCodeAt(first) < 0x80 || characterAt(bytes, first) === undefined)) first++
  // most are ASCII, and nothing of them is another character
  if (first === length) return undefined
  let text = bytes.slice(0, first)
  const at = Array.from({ length: first }, (_, i) => i)
  for (let i = first; i < length;) {
    const found = bytes.charCodeAt(i) < 0x80 ? undefined : characterAt(bytes, i)
    const character = found === undefined ? bytes.charAt(i) : String.fromCodePoint(found[0])
    for (let n = 0; n < character.length; n++) at.push(i)
    text += character
    i += found?.[1] ?? 1
  }
  at.push(length)
  return { text, at }
}
