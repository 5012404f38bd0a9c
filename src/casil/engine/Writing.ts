/** Ways to write bytes as text: read into characters of one byte each, and written again with a part replaced. */
import { BASE62 } from "../CharClass.ts"
import type { Via } from "./Match.ts"

export interface Writing {
  /** So many digits stand for so many bytes. */
  readonly group: number
  readonly bytes: number
  readonly bits: number
  /** Value of each digit. */
  readonly values: Uint8Array
  readonly digits: (like: string) => string
}

const valuesOf = (...alphabets: ReadonlyArray<string>): Uint8Array => {
  const values = new Uint8Array(128)
  for (const alphabet of alphabets) for (let i = 0; i < alphabet.length; i++) values[alphabet.charCodeAt(i)] = i
  return values
}

const sixBits = BASE62.slice(10, 36) + BASE62.slice(36) + BASE62.slice(0, 10)

/** RFC 4648, sections 4 and 5: both alphabets are read. */
export const base64: Writing = {
  group: 4,
  bytes: 3,
  bits: 6,
  values: valuesOf(`${sixBits}+/`, `${sixBits}-_`),
  digits: (like) => (like.includes("-") || like.includes("_") ? `${sixBits}-_` : `${sixBits}+/`)
}

export const hexadecimal: Writing = {
  group: 2,
  bytes: 1,
  bits: 4,
  values: valuesOf("0123456789abcdef", "0123456789ABCDEF"),
  digits: (like) => (like === like.toUpperCase() ? "0123456789ABCDEF" : "0123456789abcdef")
}

const CHUNK = 4096

/** The bytes as characters. What is left over at the end is dropped, padding too. */
export const read = ({ bits, values }: Writing, digits: string): string => {
  const codes = new Uint8Array(Math.floor((digits.length * bits) / 8))
  let held = 0
  let value = 0
  let length = 0
  for (let i = 0; i < digits.length; i++) {
    const code = digits.charCodeAt(i)
    if (code === 61) break
    value = ((value << bits) | (values[code] ?? 0)) & 0xffff
    held += bits
    if (held < 8) continue
    held -= 8
    codes[length++] = (value >> held) & 0xff
  }
  let text = ""
  for (let i = 0; i < length; i += CHUNK) {
    const part: string = Reflect.apply(String.fromCharCode, undefined, codes.subarray(i, Math.min(length, i + CHUNK)))
    text += part
  }
  return text
}

/** Whether at least `least` of a hundred bytes that digits `[from, to)` stand for can be seen; not where there is none. */
export const isVisible = (
  { bits, values }: Writing,
  digits: string,
  from: number,
  to: number,
  least: number
): boolean => {
  const bytes = ((to - from) * bits) >> 3
  // most that are no text show it soon
  let room = Math.floor((bytes * (100 - least)) / 100)
  let held = 0
  let value = 0
  let following = 0
  for (let i = from; i < to && room >= 0; i++) {
    value = ((value << bits) | (values[digits.charCodeAt(i)] ?? 0)) & 0xffff
    held += bits
    if (held < 8) continue
    held -= 8
    const byte = (value >> held) & 0xff
    // a character beyond ASCII is a first byte and those that must follow it
    if (byte >= 0x80 && byte < 0xc0 && following > 0) {
      following--
      continue
    }
    following = byte >= 0xc2 && byte < 0xf5 ? (byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3) : 0
    if (following === 0 && (byte < 32 || byte > 126) && byte !== 10 && byte !== 13 && byte !== 9) room--
  }
  return bytes > 0 && room >= 0
}

/** Writes characters of one byte each. */
export const write = ({ bits, group }: Writing, text: string, digits: string, padded: boolean): string => {
  let out = ""
  let held = 0
  let value = 0
  for (let i = 0; i < text.length; i++) {
    value = ((value << 8) | (text.charCodeAt(i) & 0xff)) & 0xffff
    held += 8
    while (held >= bits) {
      held -= bits
      out += digits.charAt((value >> held) & ((1 << bits) - 1))
    }
  }
  if (held > 0) out += digits.charAt((value << (bits - held)) & ((1 << bits) - 1))
  return padded ? out.padEnd(Math.ceil(out.length / group) * group, "=") : out
}

/** Bytes written as text, as something of them may be replaced. */
export class Written {
  readonly #writing: Writing
  readonly #all: string
  /** How many digits there are before the padding. */
  readonly #digits: number
  #alphabet: string | undefined

  constructor(writing: Writing, all: string) {
    this.#writing = writing
    this.#all = all
    const padding = all.indexOf("=")
    this.#digits = padding < 0 ? all.length : padding
  }

  get via(): Via {
    return this.#writing === base64 ? "base64" : "hex"
  }

  /** All bytes, as characters. */
  get text(): string {
    return read(this.#writing, this.#all)
  }

  /** Bytes `[start, end)`. */
  #slice(start: number, end: number): string {
    const { bytes, group } = this.#writing
    const first = Math.floor(start / bytes)
    const last = Math.min(this.#digits, Math.ceil(end / bytes) * group)
    return read(this.#writing, this.#all.slice(first * group, last)).slice(start - first * bytes, end - first * bytes)
  }

  /** Bytes `[start, end)` replaced by `by`: which digits, and what stands there then. */
  replace(start: number, end: number, by: string): Replaced {
    const { bytes, digits, group } = this.#writing
    const from = Math.floor(start / bytes)
    const to = Math.ceil(end / bytes)
    const atEnd = to * group >= this.#digits
    const part = this.#slice(from * bytes, start) + by + this.#slice(end, to * bytes)
    // in the middle nothing may be padded, or what follows would be read at another alignment
    const replaced = atEnd ? part : part.padEnd(Math.ceil(part.length / bytes) * bytes)
    this.#alphabet ??= digits(this.#all)
    const padded = atEnd && this.#digits < this.#all.length
    return {
      start: from * group,
      end: atEnd ? this.#all.length : to * group,
      text: write(this.#writing, replaced, this.#alphabet, padded)
    }
  }
}

/** Digits `[start, end)`, and what stands there then. */
export interface Replaced {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** A text without its escapes. */
export interface Unescaped {
  readonly text: string
  /** Where each character of it begins in the original, and where the last one ends. */
  readonly map: ReadonlyArray<number>
  /** Some escapes are those of URLs. */
  readonly percent: boolean
}

const hexValue = (text: string, from: number, length: number): number => {
  let value = 0
  for (let i = from; i < from + length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : -1
    const digit = code >= 48 && code <= 57 ? code - 48 : (code | 32) >= 97 && (code | 32) <= 102 ? (code | 32) - 87 : -1
    if (digit < 0) return -1
    value = value * 16 + digit
  }
  return value
}

const PERCENT = 37
const BACKSLASH = 92
const SHORT: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", "/": "/", "\\": "\\" }

/** One escape at `i`: how long it is and what it stands for. */
const escapeAt = (text: string, i: number): readonly [length: number, char: string] | undefined => {
  if (text.charAt(i) === "%") {
    const value = hexValue(text, i + 1, 2)
    return value < 0 ? undefined : [3, String.fromCharCode(value)]
  }
  const next = text.charAt(i + 1)
  const length = next === "u" ? 4 : next === "x" ? 2 : 0
  if (length > 0) {
    const value = hexValue(text, i + 2, length)
    if (value >= 0) return [length + 2, String.fromCharCode(value)]
  }
  const char = SHORT[next]
  return char === undefined ? undefined : [2, char]
}

/** Reads `%41`, `\u0041`, `\x41` and the short escapes of JSON. */
export const unescape = (text: string): Unescaped => {
  let out = ""
  let percent = false
  const map: Array<number> = []
  // what is no escape is taken in one piece
  let from = 0
  for (let i = 0; i < text.length;) {
    const code = text.charCodeAt(i)
    const escape = code === PERCENT || code === BACKSLASH ? escapeAt(text, i) : undefined
    map.push(i)
    if (escape === undefined) {
      i++
      continue
    }
    percent ||= code === PERCENT
    out += text.slice(from, i) + escape[1]
    i += escape[0]
    from = i
  }
  out += text.slice(from)
  map.push(text.length)
  return { text: out, map, percent }
}

/** As a URL has it. */
export const percent = (text: string): string => {
  let out = ""
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i)
    out += "[]: %".includes(char) ? `%${char.charCodeAt(0).toString(16).toUpperCase()}` : char
  }
  return out
}
