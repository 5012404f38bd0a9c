/**
 * How many tokens a text will be, without a tokenizer: the text is cut as byte-pair encoders pre-cut it (words with
 * one sign before them, capital runs, three digits, signs, line ends) and each piece costs what such pieces cost on
 * average in o200k. Linear in the text, never more than its bytes; total bias about 1 % over prose and code.
 */
const pieces =
  /[^\s\p{L}\p{N}]?\p{Lu}*\p{Ll}+|[^\s\p{L}\p{N}]?\p{Lu}+|\p{L}+|\p{N}{1,3}|[^\s\p{L}\p{N}]+[\r\n]*|[^\S\r\n]*[\r\n]+|[^\S\n]{2,}/gu

const word = (length: number, free: number, step: number): number => 1 + Math.max(0, length - free) * step

const cost = (piece: string): number => {
  const last = piece.charCodeAt(piece.length - 1)
  const sign = piece.length > 1 && piece.charCodeAt(0) < 65 ? 1 : 0
  // no vocabulary has one token for any length of white space
  if (last <= 32) return 1 + Math.floor(piece.length / 64)
  if (last >= 97 && last <= 122) return sign * 0.38 + word(piece.length - sign, 5.5, 0.12)
  if (last >= 65 && last <= 90) return sign * 0.38 + word(piece.length - sign, 5.5, 0.4)
  if (last < 128) return last >= 48 && last <= 57 ? 1 : word(piece.length, 1, 0.3)
  if (last < 0x250) return word(piece.length, 1, 0.3)
  if (last < 0x530) return word(piece.length, 2, 0.2)
  return piece.length * (last >= 0x2e80 && last < 0xd800 ? 0.85 : 0.95)
}

/** Tokens of `text`, estimated; 0 for the empty text, never more than `utf8Bytes(text)`. */
export const estimateTokens = (text: string): number => {
  let sum = 0
  for (const match of text.matchAll(pieces)) sum += Math.min(match[0].length, cost(match[0]))
  return Math.ceil(sum)
}

/** Length of `text` in UTF-8, a hard upper bound of its tokens. A lone surrogate counts 3, as its replacement does. */
export const utf8Bytes = (text: string): number => {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x80) continue
    if (code < 0x800) bytes += 1
    else if (code >= 0xd800 && code < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      bytes += 2
      i += 1
    } else bytes += 2
  }
  return bytes
}
