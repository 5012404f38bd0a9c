/**
 * The checksum in GitHub's and npm's tokens: CRC-32 of the random part, base 62, six digits.
 * Source: GitHub's announcement of its token formats (April 2021) and npm's of the same format (September 2021).
 */
import { BASE62 } from "./CharClass.ts"

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
  return c
})

/** CRC-32 (IEEE) of an ASCII text. */
export const crc32 = (ascii: string): number => {
  let c = 0xffffffff
  for (let i = 0; i < ascii.length; i++) c = (TABLE[(c ^ ascii.charCodeAt(i)) & 0xff] ?? 0) ^ (c >>> 8)
  return (c ^ 0xffffffff) >>> 0
}

/** The six digits that follow `random` in a genuine token. */
export const checksum62 = (random: string): string => {
  let rest = crc32(random)
  let digits = ""
  for (let i = 0; i < 6; i++) {
    digits = BASE62.charAt(rest % 62) + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}

/** Whether the last six characters of `text` are the checksum of what precedes them. */
export const hasChecksum62 = (text: string): boolean =>
  text.length > 6 && checksum62(text.slice(0, -6)) === text.slice(-6)
