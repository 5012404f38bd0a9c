/**
 * Bytes as text, and back: UTF-8 where they are that, and what is none as a lone half of a surrogate pair for each byte,
 * which no UTF-8 has. So a text among bytes looks like what it is, and what is not replaced stays the same bytes.
 */
import { decodeUtf8 } from "./engine/Bytes.ts"

/** U+DC80 to U+DCFF stand for the bytes from 80 on. */
const LOOSE = 0xdc00
const BEYOND_ASCII = 0x80

const strict = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true })
const encoder = new TextEncoder()
const CHUNK = 4096

/** Bytes as characters of one byte each. */
const charactersOf = (bytes: Uint8Array): string => {
  let text = ""
  for (let i = 0; i < bytes.length; i += CHUNK) {
    const part: string = Reflect.apply(String.fromCharCode, undefined, bytes.subarray(i, i + CHUNK))
    text += part
  }
  return text
}

/** The text that bytes are as UTF-8; nothing if they are none. */
export const utf8Of = (bytes: Uint8Array): string | undefined => {
  const text = strict.decode(bytes)
  const again = encoder.encode(text)
  return again.length === bytes.length && again.every((byte, i) => byte === bytes[i]) ? text : undefined
}

/** The text that bytes are, as far as they are one. */
export const textOfBytes = (bytes: Uint8Array): string => {
  const whole = utf8Of(bytes)
  if (whole !== undefined) return whole
  const characters = charactersOf(bytes)
  const decoded = decodeUtf8(characters)
  let text = ""
  const { at, text: all } = decoded ?? { at: undefined, text: characters }
  for (let i = 0; i < all.length; i++) {
    const from = at?.[i] ?? i
    const isByte = (at?.[i + 1] ?? i + 1) === from + 1 && characters.charCodeAt(from) >= BEYOND_ASCII
    text += isByte ? String.fromCharCode(LOOSE + characters.charCodeAt(from)) : all.charAt(i)
  }
  return text
}

/** The bytes of such a text. */
export const bytesOfText = (text: string): Uint8Array => {
  const bytes: Array<number> = []
  let from = 0
  const take = (to: number) => {
    for (const byte of encoder.encode(text.slice(from, to))) bytes.push(byte)
  }
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const before = i > from ? text.charCodeAt(i - 1) : 0
    const isLone = code >= LOOSE + BEYOND_ASCII && code <= LOOSE + 0xff && !(before >= 0xd800 && before < LOOSE)
    if (!isLone) continue
    take(i)
    bytes.push(code - LOOSE)
    from = i + 1
  }
  take(text.length)
  return Uint8Array.from(bytes)
}
